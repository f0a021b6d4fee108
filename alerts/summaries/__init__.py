"""What the seed article asks of every patient, filled from the record: diagnosis, criteria, screening, differential. Pure."""
