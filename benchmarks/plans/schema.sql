-- {id} is replaced by a text type that compares and sorts byte by byte.

CREATE TABLE workspaces (
	tenant    {id} NOT NULL,
	kind      {id} NOT NULL CHECK (kind IN ('tenant', 'developer')),
	workspace {id} NOT NULL CHECK (workspace <> ''),
	PRIMARY KEY (tenant, kind, workspace),
	CHECK (tenant <> '' AND (kind <> 'tenant' OR workspace = tenant))
);

CREATE TABLE mini_programs (
	id        {id} NOT NULL PRIMARY KEY CHECK (id <> ''),
	tenant    {id} NOT NULL,
	kind      {id} NOT NULL,
	workspace {id} NOT NULL,
	owner     {id} NOT NULL, -- the member who created it
	name      {id} NOT NULL,
	FOREIGN KEY (tenant, kind, workspace) REFERENCES workspaces (tenant, kind, workspace)
);
CREATE INDEX mini_programs_of_tenant ON mini_programs (tenant, id);
CREATE INDEX mini_programs_of_workspace ON mini_programs (tenant, workspace, id);
