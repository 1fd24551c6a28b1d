"""Commands that go on from a results folder."""
