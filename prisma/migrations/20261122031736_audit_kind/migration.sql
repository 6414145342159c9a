-- Searching the access log by kind. Nearly every record is an access, so only the others are in the index: it costs an
-- ordinary request nothing. Searches repeat its condition word for word.
CREATE INDEX access_kind ON audit.access (kind, leaf_index) WHERE kind <> 'access';
