"""Tools of this checkout: zips, requirements, scans, emulators and the cloud demonstration."""
