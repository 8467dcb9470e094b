"""Jobs: the only writers of a job's state.

`orders` take a job from a user, `leases` give it to one worker at a time, `dispatch` finds those whose bell nobody
answered, `results` end them, `removal` deletes what has ended. The promise they keep together: every job that was
accepted reaches a final state; it may run more than once; its result is published at most once; a finished job is never
changed.
"""
