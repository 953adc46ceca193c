"""Tools of this checkout: zips, requirements, emulators and the cloud demonstration."""
