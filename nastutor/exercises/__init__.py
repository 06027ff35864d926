"""The exercises of the course: checks, reference solutions and hints, one file a chapter, read by `nt.check`."""
