"""The database itself refuses to change a finished job, whoever asks.

What may still happen to it: the job that it repeats is deleted (`rerun_of_id` becomes NULL), or it is deleted itself.
"""

from sqlalchemy import DDL, Table, event

REFUSAL = "a finished job is never changed"
_STILL_FREE = frozenset({"id", "rerun_of_id", "updated_at"})

_SQLITE = """
CREATE TRIGGER jobs_final_is_final BEFORE UPDATE OF {columns} ON jobs FOR EACH ROW
WHEN OLD.state NOT IN ('queued', 'running')
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_to_change_a_finished_job() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END
$$ LANGUAGE plpgsql
"""
_POSTGRESQL = """
CREATE TRIGGER jobs_final_is_final BEFORE UPDATE OF {columns} ON jobs FOR EACH ROW
WHEN (OLD.state NOT IN ('queued', 'running'))
EXECUTE FUNCTION refuse_to_change_a_finished_job()
"""


def keep_final(jobs: Table) -> None:
    """Have the trigger made with the table; the migrations make the same one."""
    columns = ", ".join(sorted(set(jobs.columns.keys()) - _STILL_FREE))
    for dialect, statement in (
        ("sqlite", _SQLITE),
        ("postgresql", _POSTGRESQL_FUNCTION),
        ("postgresql", _POSTGRESQL),
    ):
        ddl: DDL = DDL(  # type: ignore[no-untyped-call]
            statement.format(columns=columns, refusal=REFUSAL).replace("%", "%%")
        )
        event.listen(jobs, "after_create", ddl.execute_if(dialect=dialect))
