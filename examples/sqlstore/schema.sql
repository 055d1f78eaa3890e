-- {id} is replaced by a text type that compares and sorts byte by byte, as rbac compares IDs.

CREATE TABLE workspaces (
	tenant         {id} NOT NULL,
	kind           TEXT NOT NULL CHECK (kind IN ('tenant', 'developer')),
	workspace      {id} NOT NULL CHECK (workspace <> ''),
	suspended      BOOLEAN NOT NULL DEFAULT FALSE,
	roles          TEXT NOT NULL DEFAULT '{}',  -- the workspace's own: the JSON of Policy.Own
	roles_revision BIGINT NOT NULL DEFAULT 0,   -- grows with each change of its roles
	revision       BIGINT NOT NULL DEFAULT 0,   -- grows with each change of a member of the tenant
	PRIMARY KEY (tenant, kind, workspace),
	CHECK (tenant <> '' AND (kind <> 'tenant' OR workspace = tenant))
);

-- A member's ID is the person's account, and the same in every workspace. So nobody can
-- approve in one workspace what they requested in another.
CREATE TABLE members (
	tenant     {id} NOT NULL,
	kind       TEXT NOT NULL,
	workspace  {id} NOT NULL,
	member     {id} NOT NULL CHECK (member <> ''),
	status     TEXT NOT NULL,
	invited_at BIGINT NOT NULL, -- nanoseconds since 1970, which no database rounds
	PRIMARY KEY (tenant, kind, workspace, member),
	FOREIGN KEY (tenant, kind, workspace) REFERENCES workspaces
);

CREATE TABLE assignments (
	tenant     {id} NOT NULL,
	kind       TEXT NOT NULL,
	workspace  {id} NOT NULL,
	member     {id} NOT NULL,
	number     INTEGER NOT NULL,
	role       TEXT NOT NULL,
	not_before BIGINT, -- NULL: no bound
	not_after  BIGINT,
	PRIMARY KEY (tenant, kind, workspace, member, number),
	FOREIGN KEY (tenant, kind, workspace, member) REFERENCES members
);

CREATE TABLE mini_programs (
	id        {id} NOT NULL PRIMARY KEY CHECK (id <> ''),
	tenant    {id} NOT NULL,
	kind      TEXT NOT NULL,
	workspace {id} NOT NULL,
	owner     {id} NOT NULL, -- the member who created it
	name      TEXT NOT NULL,
	FOREIGN KEY (tenant, kind, workspace) REFERENCES workspaces
);
CREATE INDEX mini_programs_of_tenant ON mini_programs (tenant, id);
CREATE INDEX mini_programs_of_workspace ON mini_programs (tenant, workspace, id);

-- Deleting a mini program deletes its assignments. A later mini program with the same ID
-- is assigned to nobody.
CREATE TABLE assigned_programs (
	tenant       {id} NOT NULL,
	kind         TEXT NOT NULL,
	workspace    {id} NOT NULL,
	member       {id} NOT NULL,
	number       INTEGER NOT NULL,
	mini_program {id} NOT NULL REFERENCES mini_programs ON DELETE CASCADE,
	PRIMARY KEY (tenant, kind, workspace, member, number, mini_program),
	FOREIGN KEY (tenant, kind, workspace, member, number) REFERENCES assignments ON DELETE CASCADE
);
CREATE INDEX assigned_programs_of_program ON assigned_programs (mini_program);

-- A request belongs to the current workspace of its mini program.
CREATE TABLE release_requests (
	id           {id} NOT NULL PRIMARY KEY,
	mini_program {id} NOT NULL REFERENCES mini_programs ON DELETE CASCADE,
	submitter    {id} NOT NULL,
	state        TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
	decided_by   {id},
	CHECK ((state = 'pending') = (decided_by IS NULL))
);
CREATE INDEX release_requests_of_program ON release_requests (mini_program);
