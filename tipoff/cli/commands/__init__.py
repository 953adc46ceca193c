"""The commands of `tipoff`, one module each; a module's `register` adds its command to the app."""
