"""What happens in the city: usage events, exact unique citizens per day and month, figures of every card."""
