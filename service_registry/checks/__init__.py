"""The rules of a card: each looks at one thing, and yields all it finds."""
