CREATE TABLE workspaces (
	tenant    TEXT COLLATE "C" NOT NULL,
	kind      TEXT NOT NULL CHECK (kind IN ('tenant', 'developer')),
	workspace TEXT COLLATE "C" NOT NULL CHECK (workspace <> ''),
	PRIMARY KEY (tenant, kind, workspace),
	CHECK (tenant <> '' AND (kind <> 'tenant' OR workspace = tenant))
);

CREATE TABLE mini_programs (
	id        TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
	tenant    TEXT COLLATE "C" NOT NULL,
	kind      TEXT NOT NULL,
	workspace TEXT COLLATE "C" NOT NULL,
	owner     TEXT COLLATE "C" NOT NULL, -- the member who created it
	name      TEXT NOT NULL,
	FOREIGN KEY (tenant, kind, workspace) REFERENCES workspaces
);
CREATE INDEX mini_programs_of_tenant ON mini_programs (tenant, id);
CREATE INDEX mini_programs_of_workspace ON mini_programs (tenant, workspace, id);
