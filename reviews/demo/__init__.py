"""The demo: people, synthesised clips and some weeks of history. Nothing in it is or was anybody's."""
