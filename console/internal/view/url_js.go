package view

// URL is an address. The playground has no links: it is the same type without html/template.
type URL string
