"""The cap on what a notebook writes into itself."""

from wrangler.notebook.protocol.output_limits import OutputBudget


def stream(text: str) -> dict:
    return {"name": "stdout", "text": text}


def test_what_fits_is_kept_as_it_is() -> None:
    content = stream("hello")
    assert OutputBudget().fit("stream", content) is content


def test_a_stream_is_cut_between_characters() -> None:
    assert OutputBudget(cell_bytes=5).fit("stream", stream("ääää")) == stream("ää")


def test_a_picture_is_kept_whole_or_not_at_all() -> None:
    assert OutputBudget(cell_bytes=100).fit("display_data", {"data": {"image/png": "x" * 200}}) is None


def test_each_cell_has_its_own_budget_within_that_of_the_run() -> None:
    budget = OutputBudget(cell_bytes=10, run_bytes=15)
    assert budget.fit("stream", stream("a" * 20)) == stream("a" * 10)
    budget.next_cell()
    assert budget.fit("stream", stream("b" * 20)) == stream("b" * 5)
    assert "this run" in budget.notice


def test_cleared_output_is_free_again() -> None:
    budget = OutputBudget(cell_bytes=10, run_bytes=10)
    budget.fit("stream", stream("a" * 10))
    budget.reset_cell()
    assert budget.fit("stream", stream("b" * 10)) == stream("b" * 10)
