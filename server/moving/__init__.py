"""Moving house: a city's whole store copied to another place, and looked over."""
