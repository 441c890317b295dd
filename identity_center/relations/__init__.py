"""Family and helpers: who acts for whom, confirmed by the authority or granted by the person, and accounts of persons
who have no phone of their own."""
