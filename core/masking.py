"""Personal data as it is shown where it need not be whole."""


def masked_name(name: str) -> str:
    """The family name's first character stays: 张三 → 张*, 欧阳小明 → 欧***."""
    return name[:1] + "*" * max(1, len(name) - 1)


def masked_id_number(number: str) -> str:
    """First and last character stay, as the police's own receipts show it: 1****************X."""
    return number[:1] + "*" * (len(number) - 2) + number[-1:]


def masked_phone(number: str) -> str:
    """138****5678: first three and last four digits stay."""
    return number[:3] + "*" * max(0, len(number) - 7) + number[-4:]


def masked_credit_code(code: str) -> str:
    """The first two and last four characters stay: 91************341L."""
    return code[:2] + "*" * max(0, len(code) - 6) + code[-4:]
