"""Reports: findings out, to a stream that each report is given. Nothing here decides anything."""
