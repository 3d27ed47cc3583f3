/** "copr", in the file's header: tells `file` and us whose database it is. */
export const applicationId = 0x636f7072;

/**
 * Each leads from the schema version of its index to the next; one that has been released is never
 * changed. Events are not updated by a migration either: who reads them knows all their forms.
 */
export const migrations: readonly string[] = [
  `
  PRAGMA application_id = ${applicationId};
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    machine TEXT,
    install TEXT,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    source_ip TEXT,
    data TEXT NOT NULL CHECK (json_valid(data)),
    token_sha256 BLOB CHECK (length(token_sha256) = 32)
  ) STRICT;
  CREATE INDEX event_of_machine ON event (machine, seq);
  CREATE TRIGGER event_not_updated BEFORE UPDATE ON event
    BEGIN SELECT raise(ABORT, 'events are never changed'); END;
  CREATE TRIGGER event_not_deleted BEFORE DELETE ON event
    BEGIN SELECT raise(ABORT, 'events are never deleted'); END;
  CREATE TRIGGER event_not_replaced BEFORE INSERT ON event
    WHEN NEW.seq IN (SELECT seq FROM event)
    BEGIN SELECT raise(ABORT, 'events are never replaced'); END
  `,
];
