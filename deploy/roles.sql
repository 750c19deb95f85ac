-- Two roles: `countersign_owner` owns the tables and migrates, `countersign` (web, workers, scheduler) only reads and
-- writes rows. So nothing that runs day and night can switch off the triggers that keep the log and the signatures.
-- Run once, as the owner, in the empty database: DATABASE_PASSWORD=… psql --file=deploy/roles.sql <address of the owner>
\set ON_ERROR_STOP on
\getenv password DATABASE_PASSWORD
CREATE ROLE countersign LOGIN PASSWORD :'password';
SELECT format('GRANT CONNECT ON DATABASE %I TO countersign', current_database()) \gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO countersign;
-- What the owner makes later is meant, too.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO countersign;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO countersign;
