"""Staff 党政通: people and devices that work for the city, apart from its citizens; see docs/staff.md."""
