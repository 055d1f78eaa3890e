package databases

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/miniprogram-platform/rbac"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	wallet = rbac.Tenant("wallet")
	shop   = wallet.Developer("shop")

	// Nobody decides on a request of their own.
	careful = rbac.Must(rbac.New(rbac.Defaults(), rbac.Spec{FourEyes: []rbac.Action{rbac.DecideRelease}}))
)

func memberOf(w rbac.Workspace, id string, role rbac.RoleID, programs ...string) rbac.Member {
	return rbac.Member{
		ID: id, Workspace: w, Status: rbac.StatusActive,
		Assignments: []rbac.Assignment{{Role: role, MiniPrograms: programs}},
	}
}

// filters returns one filter for each shape of clause: by tenant, by workspace and by list, with and without four eyes.
func filters() []rbac.Filter {
	return []rbac.Filter{
		careful.Bind(memberOf(wallet, "ann", rbac.WorkspaceAdmin)).Filter(rbac.DecideRelease),
		careful.Bind(memberOf(shop, "ann", rbac.DeveloperAdmin)).Filter(rbac.ViewMiniProgram),
		careful.Bind(memberOf(shop, "ann", rbac.Developer, "mp-1", "mp-2")).Filter(rbac.ReleaseMiniProgram),
	}
}

// A database that takes an unknown name for a text or for a word of its own opens four eyes.
func TestFilterWhereFailsOnAColumnThatDoesNotExist(t *testing.T) {
	forEachServer(t, func(t *testing.T, s *server) {
		table := s.create(t, s.thingColumns())
		run(t, s.modes[0], "INSERT INTO "+table+" VALUES (1, 'tenant', 'wallet', 'wallet', 'mp-1', 'bob')")
		names := []string{"nope", "Ownr", "user", "current_user", "session_user", "true", "null", "r.nope", "r.r"}
		for _, name := range names {
			for field := range 5 {
				columns := s.columns("r.")
				*columnFields(&columns)[field] = name
				clause, args, err := filters()[0].Where(columns)
				require.NoError(t, err)
				require.Contains(t, clause, s.quoted(name))
				for mode := range s.modes {
					_, err = s.numbers(mode, "SELECT n FROM "+table+" r WHERE "+clause, args, 2)
					assert.Error(t, err, "%s: %s", name, clause)
				}
			}
		}
	})
}

func TestHoldersWhereFailsOnAColumnThatDoesNotExist(t *testing.T) {
	forEachServer(t, func(t *testing.T, s *server) {
		table := s.peopleInOneTable(t)
		holders := careful.Holders(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1").OwnedBy("bob"))
		fields := memberColumnFields(new(rbac.MemberColumns))
		for _, name := range []string{"nope", "current_user", "user", "true"} {
			for field := range fields {
				columns := s.memberColumns()
				*memberColumnFields(&columns)[field] = name
				clause, args, err := holders.Where(columns)
				require.NoError(t, err)
				require.Contains(t, clause, s.quoted(name))
				_, err = s.numbers(0, "SELECT n FROM "+table+" WHERE "+clause, args, 2)
				assert.Error(t, err, "%s: %s", name, clause)
			}
		}
	})
}

func TestFilterWhereReadsAColumnWhoseNameIsAWordOfSQL(t *testing.T) {
	forEachServer(t, func(t *testing.T, s *server) {
		for _, word := range []string{"user", "current_user", "select", "order", "true", "null"} {
			columns := strings.Replace(s.thingColumns(), "owner", s.quoted(word), 1)
			table := s.create(t, columns)
			run(t, s.modes[0], "INSERT INTO "+table+" VALUES (1, 'tenant', 'wallet', 'wallet', 'mp-1', 'ann')")
			run(t, s.modes[0], "INSERT INTO "+table+" VALUES (2, 'tenant', 'wallet', 'wallet', 'mp-1', 'bob')")
			run(t, s.modes[0], "INSERT INTO "+table+" VALUES (3, 'tenant', 'wallet', 'wallet', 'mp-1', NULL)")
			for _, prefix := range []string{"", "r."} {
				c := s.columns(prefix)
				c.Owner = prefix + word
				clause, args, err := filters()[0].Where(c)
				require.NoError(t, err)
				returned, err := s.numbers(0, "SELECT n FROM "+table+" r WHERE "+clause, args, 4)
				require.NoError(t, err, clause)
				assert.Equal(t, []bool{false, false, true, false}, returned, "ann decides on bob's request only: %s", clause)
			}
		}
	})
}

// A bare name that is the table's own, and not a column's, is the whole row in PostgreSQL.
func TestFilterWhereFailsOnATablesNameThatIsQualified(t *testing.T) {
	s := postgreSQL(t)
	run(t, s.modes[0], "CREATE TABLE things ("+s.thingColumns()+")")
	run(t, s.modes[0], "INSERT INTO things VALUES (1, 'tenant', 'wallet', 'wallet', 'mp-1', 'ann')")
	columns := s.columns("things.")
	columns.Owner = "things.things"
	clause, args, err := filters()[0].Where(columns)
	require.NoError(t, err)
	_, err = s.numbers(0, "SELECT n FROM things WHERE "+clause, args, 2)
	assert.ErrorContains(t, err, "does not exist")
}

func TestFilterWhereFindsNothingWithAnError(t *testing.T) {
	forEachServer(t, func(t *testing.T, s *server) {
		table := s.create(t, s.thingColumns())
		run(t, s.modes[0], "INSERT INTO "+table+" VALUES (1, 'tenant', 'wallet', 'wallet', 'mp-1', 'bob')")
		columns := s.columns("")
		columns.Tenant = rbac.NoColumn
		bank := careful.Bind(memberOf(rbac.Tenant("bank"), "ann", rbac.WorkspaceAdmin)).Filter(rbac.DecideRelease)
		for _, f := range filters() {
			clause, args, err := f.Or(bank).Where(columns)
			require.ErrorContains(t, err, "two tenants")
			returned, err := s.numbers(0, "SELECT n FROM "+table+" WHERE n > 0 AND "+clause, args, 2)
			require.NoError(t, err, clause)
			assert.Equal(t, []bool{false, false}, returned)
		}
	})
}

// The text that PostgreSQL makes of the two bytes "al" is \x616c, which is an ID too.
func TestFilterWhereFindsNothingInAByteaColumn(t *testing.T) {
	s := postgreSQL(t)
	table := s.create(t, "n bigint, kind text, tenant text, workspace text, mini_program bytea, owner bytea")
	run(t, s.modes[0], "INSERT INTO "+table+" VALUES (1, 'developer', 'wallet', 'shop', $1, $1)", []byte("al"))
	many := append(numbered("mp-", 40), `\x616c`)
	for _, programs := range [][]string{{`\x616c`}, {`\x616c`, "mp-1"}, many, {"al"}, append(many, "al")} {
		member := memberOf(shop, `\x616c`, rbac.Developer, programs...)
		clause, args, err := careful.Bind(member).Filter(rbac.ReleaseMiniProgram).Where(s.columns(""))
		require.NoError(t, err)
		for mode := range s.modes {
			returned, err := s.numbers(mode, "SELECT n FROM "+table+" WHERE "+clause, args, 2)
			if err == nil { // it may fail, and does
				assert.False(t, returned[1] && !slices.Contains(programs, "al"), "%q: %s", programs, clause)
			}
		}
	}
}

func TestFilterWhereTakesOneHundredThousandMiniPrograms(t *testing.T) {
	programs := make([]string, 100_000)
	for i := range programs {
		programs[i] = fmt.Sprintf("mp-%06d", i*2)
	}
	forEachServer(t, func(t *testing.T, s *server) {
		table := s.create(t, s.thingColumns())
		var rows [][]any
		for n := range 2_000 {
			rows = append(rows, []any{n, "developer", "wallet", "shop", fmt.Sprintf("mp-%06d", n*101), "bob"})
		}
		s.insert(t, table, rows)
		filter := careful.Bind(memberOf(shop, "ann", rbac.Developer, programs...)).Filter(rbac.ReleaseMiniProgram)
		for _, bytewise := range []bool{false, true} {
			columns := s.columns("")
			columns.Bytewise = bytewise
			clause, args, err := filter.Where(columns)
			require.NoError(t, err)
			returned, err := s.numbers(0, "SELECT n FROM "+table+" WHERE "+clause, args, len(rows))
			require.NoError(t, err)
			for n, row := range rows {
				require.Equal(t, filter.Match(shop.MiniProgram(row[4].(string)).OwnedBy("bob")), returned[n], "%v", row)
			}
			t.Logf("%s: %d rows compared", s.name, len(rows))
		}
	})
}

// Text that is not a boolean, and NULL, count as suspended.
func TestHoldersWhereTakesADoubtfulSuspendedForTrue(t *testing.T) {
	type values struct {
		column             string
		running, suspended []string
	}
	columns := map[rbac.Dialect][]values{
		rbac.SQLite: {
			{"BOOLEAN", list("0", "'0'", "FALSE"), list("1", "NULL", "'true'", "'false'", "'t'", "2", "x'01'", "x'00'", "''")},
			{"TEXT", list("0", "'0'"), list("1", "NULL", "'true'", "'false'", "x'01'", "''", "'0 '", "' 0'", "'00'")},
		},
		rbac.PostgreSQL: {{"boolean", list("FALSE"), list("TRUE", "NULL")}},
		rbac.MySQL: {
			{"BOOLEAN", list("0", "FALSE"), list("1", "TRUE", "NULL", "2", "-1")},
			{"BIT(1)", list("b'0'"), list("b'1'", "NULL")},
			{"VARCHAR(9)", list("'0'"), list("'1'", "NULL", "'true'", "'false'", "''", "'0 '", "'００'", "'f'")},
			{"ENUM('false', 'true')", nil, list("'false'", "'true'", "NULL")},
		},
	}
	forEachServer(t, func(t *testing.T, s *server) {
		for _, v := range columns[s.dialect] {
			table := s.create(t, strings.Replace(s.memberText(), s.boolean, v.column, 1))
			for n, value := range slices.Concat(v.running, v.suspended) {
				run(t, s.modes[0], fmt.Sprintf("INSERT INTO %s VALUES (%d, 'developer', 'wallet', 'shop', 'ann', 'active', "+
					"%s, 'developer_admin', NULL, NULL, NULL)", table, n, value))
			}
			holders := careful.Holders(rbac.ReleaseMiniProgram, shop.MiniProgram("mp-1"))
			clause, args, err := holders.Where(s.memberColumns())
			require.NoError(t, err)
			returned, err := s.numbers(0, "SELECT n FROM "+table+" WHERE "+clause, args, len(v.running)+len(v.suspended))
			require.NoError(t, err, clause)
			for n, found := range returned {
				assert.Equal(t, n < len(v.running), found, "%s %s", v.column, slices.Concat(v.running, v.suspended)[n])
			}
		}
	})
}

func list(values ...string) []string { return values }

func (s *server) thingColumns() string {
	return fmt.Sprintf("n %s, kind %[2]s, tenant %[2]s, workspace %[2]s, mini_program %[2]s, owner %[2]s",
		s.key, s.words)
}

func (s *server) columns(prefix string) rbac.Columns {
	return rbac.Columns{
		Dialect: s.dialect,
		Kind:    prefix + "kind", Tenant: prefix + "tenant", Workspace: prefix + "workspace",
		MiniProgram: prefix + "mini_program", Owner: prefix + "owner",
	}
}

func columnFields(c *rbac.Columns) []*string {
	return []*string{&c.Kind, &c.Tenant, &c.Workspace, &c.MiniProgram, &c.Owner}
}

func (s *server) memberText() string {
	return fmt.Sprintf("n %s, kind %[2]s, tenant %[2]s, workspace %[2]s, id %[2]s, status %[2]s, suspended %s, "+
		"role %[2]s, not_before %[4]s, not_after %[4]s, mini_program %[2]s", s.key, s.words, s.boolean, s.times[0].column)
}

func (s *server) peopleInOneTable(t *testing.T) string {
	table := s.create(t, s.memberText())
	run(t, s.modes[0], "INSERT INTO "+table+" VALUES (1, 'developer', 'wallet', 'shop', 'ann', 'active', FALSE, "+
		"'developer_admin', NULL, NULL, 'mp-1')")
	return table
}

func (s *server) memberColumns() rbac.MemberColumns {
	return rbac.MemberColumns{
		Dialect: s.dialect, Kind: "kind", Tenant: "tenant", Workspace: "workspace", ID: "id", Status: "status",
		Suspended: "suspended", Role: "role", NotBefore: "not_before", NotAfter: "not_after",
		MiniProgram: "mini_program",
		Time:        s.times[0].store,
	}
}

func memberColumnFields(c *rbac.MemberColumns) []*string {
	return []*string{
		&c.Kind, &c.Tenant, &c.Workspace, &c.ID, &c.Status, &c.Suspended, &c.Role, &c.NotBefore, &c.NotAfter,
		&c.MiniProgram,
	}
}

// quoted is a name as the clause has it.
func (s *server) quoted(name string) string {
	quote := "`"
	if s.dialect == rbac.PostgreSQL {
		quote = `"`
	}
	return quote + strings.ReplaceAll(name, ".", quote+"."+quote) + quote
}
