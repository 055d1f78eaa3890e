-- {id} is replaced by a text type that compares and sorts byte by byte.

CREATE TABLE members (
	number    BIGINT PRIMARY KEY,
	tenant    {id} NOT NULL,
	kind      {id} NOT NULL,
	workspace {id} NOT NULL,
	id        {id} NOT NULL,
	status    {id} NOT NULL,
	suspended BOOLEAN NOT NULL
);
CREATE INDEX members_of_workspace ON members (tenant, workspace);

CREATE TABLE assignments (
	number     BIGINT PRIMARY KEY,
	member     BIGINT NOT NULL REFERENCES members,
	role       {id} NOT NULL,
	not_before TIMESTAMPTZ,
	not_after  TIMESTAMPTZ
);
CREATE INDEX assignments_of_member ON assignments (member);

CREATE TABLE assigned_programs (
	assignment   BIGINT NOT NULL REFERENCES assignments,
	mini_program {id} NOT NULL,
	PRIMARY KEY (assignment, mini_program)
);
