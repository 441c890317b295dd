"""Staff's part of the API, and the page /staff that speaks to it."""
