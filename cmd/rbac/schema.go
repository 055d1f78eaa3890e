package main

import (
	"math"

	"github.com/miniprogram-platform/rbac"
)

// object is a JSON object. Its keys are written in order.
type object = map[string]any

// The forms of texts, as regular expressions of JavaScript.
const (
	namePattern = `^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`

	// No control and no bidirectional characters, and not what stands for damaged text.
	textPattern = `^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]*$`

	idPattern = `^[^\ufffd]+$`
)

const schemaID = "https://raw.githubusercontent.com/miniprogram-platform/rbac/main/docs/rbac.schema.json"

// schemaOf returns the JSON Schema of a policy's document. It accepts every document that
// the library accepts, and suggests the names of the given policy. What a schema cannot
// tell, such as a name that nobody declares, only the library refuses.
func schemaOf(policy *rbac.Policy) object {
	var actions, roles []string
	for action := range policy.Actions() {
		actions = append(actions, string(action))
	}
	for role := range policy.Roles() {
		roles = append(roles, string(role.ID))
	}
	document := closed(object{
		"$schema": object{"type": "string", "description": "Where this schema is, for editors."},
		"actions": described("The actions that the document declares, and what each is done to.",
			mapOf(nil, ref("target"), mostActions)),
		"labels": described("What people call actions. Labels decide nothing.",
			mapOf(actions, ref("label"), mostActions)),
		"roles": described("The roles that the document defines.",
			listOf(ref("role"), mostRoles)),
		"extend": described("Permissions added to roles that the base defines.",
			mapOf(roles, ref("permissions"), mostRoles)),
		"administers": described("Whose holders a role's holders may administer without holding what those hold.",
			mapOf(roles, ref("roles"), mostRoles)),
		"exclusive": described("No member may hold two roles of one set.",
			listOf(object{"allOf": []any{ref("roles"), object{"minItems": 2}}}, mostSets)),
		"four_eyes": described("Refused if the member is the resource's owner, or the owner is unknown.",
			listOf(ref("action"), mostActions)),
		"at_least": described("Active holders that a workspace must keep.",
			mapOf(roles, ref("count"), mostRoles)),
		"at_most": described("Active holders that a workspace may have.",
			mapOf(roles, ref("count"), mostRoles)),
	})
	document["$schema"] = "http://json-schema.org/draft-07/schema#"
	document["$id"] = schemaID
	document["title"] = "A policy of github.com/miniprogram-platform/rbac"
	document["definitions"] = definitions(actions, roles)
	return document
}

// The limits of a document, as Spec has them.
const (
	mostRoles   = 16_384
	mostActions = 4_096
	mostSets    = 131_072
)

func definitions(actions, roles []string) object {
	scopes := wordsOf(rbac.ScopeOwn, rbac.ScopeAssigned, rbac.ScopeWorkspace, rbac.ScopeTenant)
	targets := wordsOf(rbac.OnTenant, rbac.OnDeveloper, rbac.OnMiniProgram, rbac.OnWorkspace, rbac.OnAny)
	return object{
		"name":                  object{"type": "string", "maxLength": 64, "pattern": namePattern},
		"action":                suggested(actions),
		"roles":                 object{"type": "array", "items": suggested(roles), "uniqueItems": true},
		"id":                    object{"type": "string", "pattern": idPattern},
		"kind":                  object{"enum": wordsOf(rbac.KindTenant, rbac.KindDeveloper)},
		"target":                object{"type": "array", "items": object{"enum": targets}, "minItems": 1},
		"scopes":                wordList(scopes),
		"developer_scopes":      wordList(scopes[:3]),
		"permissions":           mapOf(actions, ref("scopes"), mostActions),
		"developer_permissions": mapOf(actions, ref("developer_scopes"), mostActions),
		"count":                 object{"type": "integer", "minimum": 0, "maximum": math.MaxInt32},
		"label":                 closed(object{"name": textOf(256), "group": textOf(256)}),
		"workspace":             workspaceSchema(),
		"role":                  roleSchema(),
	}
}

func workspaceSchema() object {
	return closed(object{"kind": ref("kind"), "id": ref("id"), "tenant": ref("id")}, "kind", "id", "tenant")
}

// roleSchema ties the kind of a role to its scopes and its workspace.
func roleSchema() object {
	role := closed(object{
		"id":          ref("name"),
		"kind":        ref("kind"),
		"workspace":   ref("workspace"),
		"name":        textOf(256),
		"description": textOf(1024),
		"permissions": ref("permissions"),
	}, "id", "kind")
	ofKind := func(kind rbac.WorkspaceKind, properties object) object {
		properties["workspace"] = object{"properties": object{"kind": object{"const": kind.String()}}}
		condition := object{"properties": object{"kind": object{"const": kind.String()}}, "required": []string{"kind"}}
		return object{"if": condition, "then": object{"properties": properties}}
	}
	role["allOf"] = []any{
		ofKind(rbac.KindTenant, object{}),
		ofKind(rbac.KindDeveloper, object{"permissions": ref("developer_permissions")}),
	}
	return role
}

func ref(name string) object { return object{"$ref": "#/definitions/" + name} }

func described(text string, schema object) object {
	schema["description"] = text
	return schema
}

func listOf(element object, most int) object {
	return object{"type": "array", "items": element, "maxItems": most}
}

// closed is an object that has no other keys.
func closed(properties object, required ...string) object {
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// mapOf is an object whose keys are names, of which some are known.
func mapOf(known []string, value object, most int) object {
	schema := object{"type": "object", "propertyNames": ref("name"), "additionalProperties": value, "maxProperties": most}
	if len(known) > 0 {
		properties := make(object, len(known))
		for _, name := range known {
			properties[name] = value
		}
		schema["properties"] = properties
	}
	return schema
}

// suggested is a name, of which some are known.
func suggested(known []string) object {
	return object{"anyOf": []any{object{"enum": append([]string{}, known...)}, ref("name")}}
}

func wordList(words []string) object {
	return object{"type": "array", "items": object{"enum": words}, "uniqueItems": true}
}

func textOf(most int) object {
	return object{"type": "string", "maxLength": most, "pattern": textPattern}
}
