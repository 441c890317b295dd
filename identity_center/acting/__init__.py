"""Acting for others 代办: what guardians, helpers, legal representatives and agents may do, and the book of it.

Who they are stands in identity_center/relations (persons) and identity_center/enterprise (enterprises).
"""
