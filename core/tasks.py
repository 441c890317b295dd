"""Ending tasks for certain."""

import asyncio

AGAIN_SECONDS = 0.2


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancels the tasks, and returns when they are over. What they raise is nobody's any more.

    A cancellation that reaches a task together with a deadline of its own is taken for the deadline under some Pythons
    and in some libraries, and the task goes on; so it is asked again until it is over.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
