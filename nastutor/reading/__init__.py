"""The reading list as data, by part of the survey; `nastutor.papers` puts it together and answers questions about it."""
