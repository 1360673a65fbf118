-- One person has one word, whether by a certificate or on the page: the older of two is taken away.
DELETE FROM review WHERE EXISTS (
    SELECT 1 FROM review AS newer
    WHERE newer.event_id = review.event_id AND newer.person <> review.person
      AND lower(substr(newer.person, instr(newer.person, ':') + 1)) = lower(substr(review.person, instr(review.person, ':') + 1))
      AND (newer.reviewed_unix_ms, newer.person) > (review.reviewed_unix_ms, review.person)
);
