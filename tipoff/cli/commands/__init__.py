"""The commands of `tipoff`, one module each; a module defines a command or a group by its own name."""
