"""From the files of a card's folder to data whose every part knows the line it stands in."""
