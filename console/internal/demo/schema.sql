-- {text} is replaced by a type that compares and sorts byte by byte, as rbac compares IDs.
-- {number} is replaced by a key that the database counts up.

CREATE TABLE IF NOT EXISTS console_workspaces (
	tenant        {text} NOT NULL,
	kind          {text} NOT NULL,
	id            {text} NOT NULL,
	suspended     BOOLEAN NOT NULL DEFAULT FALSE,
	own           TEXT NOT NULL, -- the workspace's own roles: the JSON of Policy.Own
	mini_programs TEXT NOT NULL, -- a JSON list of IDs
	PRIMARY KEY (tenant, kind, id)
);

CREATE TABLE IF NOT EXISTS console_members (
	tenant    {text} NOT NULL,
	kind      {text} NOT NULL,
	workspace {text} NOT NULL,
	id        {text} NOT NULL,
	document  TEXT NOT NULL, -- the member's JSON, without the suspension, which is the workspace's
	PRIMARY KEY (tenant, kind, workspace, id),
	FOREIGN KEY (tenant, kind, workspace) REFERENCES console_workspaces (tenant, kind, id)
);

CREATE TABLE IF NOT EXISTS console_log (
	number       {number},
	tenant       {text} NOT NULL,
	kind         {text} NOT NULL,
	workspace    {text} NOT NULL,
	at           {text} NOT NULL,
	actor        {text} NOT NULL,
	actor_tenant {text} NOT NULL,
	actor_kind   {text} NOT NULL,
	actor_workspace {text} NOT NULL,
	member       {text} NOT NULL,
	action       {text} NOT NULL,
	mini_program {text} NOT NULL,
	owner        {text} NOT NULL,
	outcome      {text} NOT NULL,
	reason       {text} NOT NULL,
	detail       {text} NOT NULL,
	fingerprint  {text} NOT NULL
);

CREATE INDEX IF NOT EXISTS console_log_of_workspace ON console_log (tenant, kind, workspace, number)
