"""The outside world in one process: WeChat, the population authority, two departments, people with cameras.

It shares nothing with the platform but HTTP. docs/sandbox.md describes every call.
"""
