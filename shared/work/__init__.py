"""The path of one message through a function: from the message to the completed unit."""
