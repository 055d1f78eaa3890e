-- {text} is replaced by a type for IDs, words and instants that compares and sorts byte by byte, as rbac compares them.
-- {document} is replaced by a type for long texts.

CREATE TABLE workspaces (
	tenant         {text} NOT NULL,
	kind           {text} NOT NULL CHECK (kind IN ('tenant', 'developer')),
	workspace      {text} NOT NULL CHECK (workspace <> ''),
	suspended      BOOLEAN NOT NULL DEFAULT FALSE,
	roles          {document} NOT NULL,         -- the workspace's own: the JSON of Policy.Own
	roles_revision BIGINT NOT NULL DEFAULT 0,   -- grows with each change of its roles
	revision       BIGINT NOT NULL DEFAULT 0,   -- grows with each change of a member of the tenant
	PRIMARY KEY (tenant, kind, workspace),
	CHECK (tenant <> '' AND (kind <> 'tenant' OR workspace = tenant))
);

-- A member's ID is the person's account, and the same in every workspace. So nobody can
-- approve in one workspace what they requested in another.
CREATE TABLE members (
	tenant     {text} NOT NULL,
	kind       {text} NOT NULL,
	workspace  {text} NOT NULL,
	member     {text} NOT NULL CHECK (member <> ''),
	status     {text} NOT NULL, -- a word: "active"
	invited_at {text},          -- instants.go says how an instant is written
	PRIMARY KEY (tenant, kind, workspace, member),
	FOREIGN KEY (tenant, kind, workspace) REFERENCES workspaces (tenant, kind, workspace)
);

CREATE TABLE assignments (
	tenant     {text} NOT NULL,
	kind       {text} NOT NULL,
	workspace  {text} NOT NULL,
	member     {text} NOT NULL,
	number     INTEGER NOT NULL,
	role       {text} NOT NULL,
	not_before {text}, -- NULL: no bound
	not_after  {text},
	PRIMARY KEY (tenant, kind, workspace, member, number),
	FOREIGN KEY (tenant, kind, workspace, member) REFERENCES members (tenant, kind, workspace, member)
);

CREATE TABLE mini_programs (
	id        {text} NOT NULL PRIMARY KEY CHECK (id <> ''),
	tenant    {text} NOT NULL,
	kind      {text} NOT NULL,
	workspace {text} NOT NULL,
	owner     {text} NOT NULL, -- the member who created it
	name      {document} NOT NULL,
	FOREIGN KEY (tenant, kind, workspace) REFERENCES workspaces (tenant, kind, workspace)
);
CREATE INDEX mini_programs_of_tenant ON mini_programs (tenant, id);
CREATE INDEX mini_programs_of_workspace ON mini_programs (tenant, workspace, id);

-- Deleting a mini program deletes its assignments. A later mini program with the same ID
-- is assigned to nobody.
CREATE TABLE assigned_programs (
	tenant       {text} NOT NULL,
	kind         {text} NOT NULL,
	workspace    {text} NOT NULL,
	member       {text} NOT NULL,
	number       INTEGER NOT NULL,
	mini_program {text} NOT NULL,
	PRIMARY KEY (tenant, kind, workspace, member, number, mini_program),
	FOREIGN KEY (mini_program) REFERENCES mini_programs (id) ON DELETE CASCADE,
	FOREIGN KEY (tenant, kind, workspace, member, number)
		REFERENCES assignments (tenant, kind, workspace, member, number) ON DELETE CASCADE
);
CREATE INDEX assigned_programs_of_program ON assigned_programs (mini_program);

-- A request belongs to the current workspace of its mini program.
CREATE TABLE release_requests (
	id           {text} NOT NULL PRIMARY KEY,
	mini_program {text} NOT NULL,
	submitter    {text} NOT NULL,
	state        {text} NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
	decided_by   {text},
	FOREIGN KEY (mini_program) REFERENCES mini_programs (id) ON DELETE CASCADE,
	CHECK ((state = 'pending') = (decided_by IS NULL))
);
CREATE INDEX release_requests_of_program ON release_requests (mini_program);
