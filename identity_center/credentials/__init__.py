"""Electronic credentials 电子证照: issued, shown as a rotating code, verified without a network, revocable."""
