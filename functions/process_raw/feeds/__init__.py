"""One package per feed: the kinds of document it has, recognised by their content, and a small parser for each."""
