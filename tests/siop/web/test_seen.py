"""A form carries what it was made on: what counts as mine, and what both changed."""

from siop.web.seen import conflict, merged, sealed


def test_nothing_is_in_conflict_while_the_row_is_as_it_was_seen() -> None:
    assert conflict(sealed({"A": "1"}), mine={"A": "2"}, theirs={"A": "1"}) == []
    assert conflict("", mine={"A": "2"}, theirs={"A": "1"}) == []


def test_base_mine_and_theirs_stand_beside_each_other() -> None:
    found = conflict(sealed({"A": "1", "B": "x"}), mine={"A": "2", "B": "x"}, theirs={"A": "3", "B": "x"})
    assert [(row.label, row.base, row.mine, row.theirs) for row in found] == [("A", "1", "2", "3")]


def test_a_seal_that_cannot_be_read_counts_as_changed() -> None:
    assert conflict("not json", mine={"A": "2"}, theirs={"A": "3"})[0].base == ""
    assert conflict("[1]", mine={"A": "2"}, theirs={"A": "3"})[0].theirs == "3"


def test_only_what_i_changed_is_mine_and_only_what_both_changed_clashes() -> None:
    seen = sealed({"a": "1", "b": "1", "c": "1"})
    found = merged(seen, mine={"a": "2", "b": "1", "c": "3"}, theirs={"a": "1", "b": "9", "c": "3"})
    assert (found.changed, found.clashes) == ({"a": "2"}, {}), "both set c to the same"
    found = merged(seen, mine={"a": "2", "b": "1", "c": "1"}, theirs={"a": "5"})
    assert found.clashes == {"a": "5"}
