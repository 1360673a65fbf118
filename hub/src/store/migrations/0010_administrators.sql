-- 1: may let boxes in and shut them out, and look at the audit log, whatever the policy gives them.
ALTER TABLE console_user ADD COLUMN administrator INTEGER NOT NULL DEFAULT 0;

-- Of the certificate that the box showed last; none where it has not connected since this was kept.
ALTER TABLE box ADD COLUMN certificate_ends_unix_ms INTEGER;
ALTER TABLE box ADD COLUMN certificate_generation INTEGER;
