package main

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/miniprogram-platform/rbac"
)

// An instant is a text of fixed width in UTC, in microseconds. So it sorts as the instants
// do, and no database rounds it. A number of microseconds would do too; one of nanoseconds
// would not, because 64 bits hold the years 1678 to 2262 only.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// storedInstant is for rbac.MemberColumns.
func storedInstant(at time.Time) any { return at.UTC().Format(instantLayout) }

// columnOf returns NULL for the zero time, which means no bound.
func columnOf(at time.Time) sql.NullString {
	return sql.NullString{String: at.UTC().Format(instantLayout), Valid: !at.IsZero()}
}

// checkInstant refuses a time that the text cannot hold exactly.
func checkInstant(place string, at time.Time) error {
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return &rbac.ValidationError{
			Place: place, Problem: fmt.Sprintf("the year %d cannot be stored", year), Hint: "use the years 1 to 9999",
		}
	}
	if at.Nanosecond()%1000 != 0 {
		return &rbac.ValidationError{
			Place: place, Problem: "nanoseconds cannot be stored", Hint: "use Truncate(time.Microsecond)",
		}
	}
	return nil
}

// instantOf reads a column. A text that stands for the zero time is an error: it must not
// become a bound that is not there.
func instantOf(column sql.NullString) (time.Time, error) {
	if !column.Valid {
		return time.Time{}, nil
	}
	at, err := time.Parse(instantLayout, column.String)
	if err == nil && (at.IsZero() || at.Year() < 1 || columnOf(at) != column) {
		err = fmt.Errorf("%q is not an instant", column.String)
	}
	return at, err
}
