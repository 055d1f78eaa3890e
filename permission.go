package rbac

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/miniprogram-platform/rbac/internal/enum"
	"github.com/miniprogram-platform/rbac/internal/suggest"
)

// Action names something that a member may want to do. Names are made of parts
// [a-z][a-z0-9_]* joined by ".", have 64 bytes at most and are compared byte by
// byte. An action that the policy does not declare is denied.
//
// The constants below are the operations of the platform's role tables, in the
// groups of those tables. The comment after each is its label there.
type Action string

// Actions of the group Mini Program. ListMiniPrograms decides which rows the
// management list shows. One page of the platform lets only the Workspace Admin
// delete mini programs in a tenant workspace. The role tables also allow the
// Workspace Developer, and so do we.
const (
	ViewMiniProgram          Action = "miniprogram.view"                  // View mini programs
	CreateMiniProgram        Action = "miniprogram.create"                // Create mini programs
	ListMiniPrograms         Action = "miniprogram.list"                  // View mini program list
	EditMiniProgram          Action = "miniprogram.edit"                  // Edit mini programs' information
	DeleteMiniProgram        Action = "miniprogram.delete"                // Delete mini programs
	ManageMiniProgramMembers Action = "miniprogram.manage_members"        // Manage members
	DebugMiniProgram         Action = "miniprogram.debug"                 // Upload, preview, and debug IDE features
	EditClientID             Action = "miniprogram.edit_client_id"        // Edit Client ID
	EditMerchantID           Action = "miniprogram.edit_merchant_id"      // Edit Merchant ID
	ManageServerDomains      Action = "miniprogram.manage_server_domains" // Server domain whitelist
	ManageWhitelist          Action = "miniprogram.manage_whitelist"      // Manage whitelist
	ReleaseMiniProgram       Action = "miniprogram.release"               // Release mini programs
	RemoveMiniProgram        Action = "miniprogram.remove"                // Remove mini programs
	ManageVersions           Action = "miniprogram.manage_versions"       // Manage mini program versions
	WithdrawGrayscale        Action = "miniprogram.withdraw_grayscale"    // Withdraw mini program grayscale release
)

// Actions of the group Features.
const (
	ListFeatures      Action = "feature.list"       // View feature list
	AddFeature        Action = "feature.add"        // Add features
	ViewFeature       Action = "feature.view"       // View features' details
	ViewAddedFeatures Action = "feature.view_added" // View added features
	EditFeature       Action = "feature.edit"       // Edit features
)

// Actions of the group JSAPIs.
const (
	ListJSAPIs Action = "jsapi.list" // View JSAPIs' list
	AddJSAPI   Action = "jsapi.add"  // Add JSAPIs
	ViewJSAPI  Action = "jsapi.view" // View JSAPIs' details
	EditJSAPI  Action = "jsapi.edit" // Edit JSAPIs
)

// Actions of the group Analytics.
const (
	ViewPerformance  Action = "analytics.view_performance"  // View performance
	ViewBehaviors    Action = "analytics.view_behaviors"    // View user behaviors
	ViewTransactions Action = "analytics.view_transactions" // View transaction record
	ViewMetrics      Action = "analytics.view_metrics"      // View daily metrics
)

// Actions of the group Quality.
const (
	SearchQuality Action = "quality.search"       // Search mini programs
	ViewCrashes   Action = "quality.view_crashes" // Crash and abnormal tracking
)

// Actions of the group Workspace. ViewWorkspace is for the admins, the details
// and the business information of the own workspace. For
// DeleteDeveloperWorkspace the platform also requires that no mini program is
// published and nothing was uploaded in the last 30 days. The host checks that.
const (
	ManageWorkspace          Action = "workspace.manage"           // Manage workspace information
	ViewWorkspace            Action = "workspace.view"             // View workspace information
	ViewDeveloperWorkspace   Action = "developer_workspace.view"   // View details of developer workspaces
	DeleteDeveloperWorkspace Action = "developer_workspace.delete" // Delete developer workspaces
)

// Actions of the group App.
const (
	ListApps      Action = "app.list"        // View app list
	ViewApp       Action = "app.view"        // View app details
	DownloadApp   Action = "app.download"    // Download app resources
	EditApp       Action = "app.edit"        // Edit app information
	ManageAppKeys Action = "app.manage_keys" // Add apps and manage keys
)

// Actions of the group Members. The platform has no DefineRole: its pages know
// the default roles only.
const (
	ListMembers        Action = "member.list"                // View member list
	InviteMember       Action = "member.invite"              // Invite members
	WithdrawInvitation Action = "member.withdraw_invitation" // Withdraw invitation
	ResendInvitation   Action = "member.resend_invitation"   // Resend invitation
	SetMemberRole      Action = "member.set_role"            // Set member role
	AssignMiniPrograms Action = "member.assign_miniprograms" // Assign mini programs to a member
	BlockMember        Action = "member.block"               // Block and unblock members
	DeleteMember       Action = "member.delete"              // Delete members
	DefineRole         Action = "role.define"                // Define custom roles
)

// Actions of the group Approvals.
const (
	ViewApprovals    Action = "approval.view"              // View received approval requests
	DecideRelease    Action = "approval.decide_release"    // Approve or reject a release
	DecideRemoval    Action = "approval.decide_removal"    // Approve or reject a removal
	DecideFeature    Action = "approval.decide_feature"    // Approve or reject a feature activation
	DecideMember     Action = "approval.decide_member"     // Approve or reject a member request
	DecideOnboarding Action = "approval.decide_onboarding" // Approve or reject a developer workspace application
	DecideMarketing  Action = "approval.decide_marketing"  // Approve or reject a marketing request
	DecideISV        Action = "approval.decide_isv"        // Approve or reject an ISV authorization
	ViewRequest      Action = "request.view"               // View own submitted requests
	WithdrawRequest  Action = "request.withdraw"           // Withdraw own pending request
)

// Actions of the group ISV authorization.
const (
	ViewISV   Action = "isv.view"   // View ISV authorizations
	RevokeISV Action = "isv.revoke" // Revoke an ISV authorization
	ApplyISV  Action = "isv.apply"  // Apply for ISV authorization
)

// Actions of the group Settings.
const (
	SetBranding        Action = "settings.branding"         // Set logo and favicon
	SetMail            Action = "settings.mail"             // Set service mail preference
	SetDomain          Action = "settings.domain"           // Set domain preference
	SetTesterWhitelist Action = "settings.tester_whitelist" // Enable tester whitelist
	SetAbout           Action = "settings.about"            // Set URL of About Us
	SetTerms           Action = "settings.terms"            // Upload terms of service
	SetCopyright       Action = "settings.copyright"        // Set copyright notice

	GrantDomains Action = "settings.grant_domains" // Grant mini programs the right to set server domains and WAP URLs
	SetTwoFactor Action = "account.two_factor"     // Set own two-factor authentication
)

// Actions of the group Feedback.
const (
	ListFeedback    Action = "feedback.list"    // View feedback list
	ViewFeedback    Action = "feedback.view"    // View details of feedback
	RespondFeedback Action = "feedback.respond" // Respond to feedback
	ResolveFeedback Action = "feedback.resolve" // Provide solutions for feedback
)

// Actions of the group Marketing.
const (
	ManageAudiences           Action = "audience.manage"                // Create and manage audiences
	SetMiniService            Action = "miniservice.set"                // Set mini service
	ViewMiniServiceAnalytics  Action = "miniservice.view_analytics"     // View mini service analytics
	ManageCampaigns           Action = "campaign.manage"                // Create and manage campaigns
	ManageNotificationTasks   Action = "notification.manage_tasks"      // Create and manage notification tasks
	ConfigureFatigue          Action = "notification.configure_fatigue" // Configure fatigue settings
	ViewTemplates             Action = "template.view"                  // View templates
	ManageTemplates           Action = "template.manage"                // Manage templates
	ViewNotificationAnalytics Action = "notification.view_analytics"    // View notification analytics
	ManageAds                 Action = "ad.manage"                      // Create and manage ad tasks
	ViewAdAnalytics           Action = "ad.view_analytics"              // View ad analytics
)

// Label is what people call an action: "Release mini programs", in the group
// "Mini Program". It decides nothing. Each part has at most 256 bytes.
type Label struct {
	Name  string `json:"name,omitempty"`
	Group string `json:"group,omitempty"`
}

// Target says what kinds of resource an action is done to. On any other kind the
// action is denied, whatever the member's roles, so a right over workspaces never
// leaks into mini programs, nor the other way round. The zero Target is invalid.
type Target uint8

const (
	OnTenant      Target                        = 1 << iota // a tenant workspace
	OnDeveloper                                             // a developer workspace
	OnMiniProgram                                           // a mini program, or a thing that belongs to one
	OnWorkspace   = OnTenant | OnDeveloper                  // a workspace of either kind
	OnAny         = OnWorkspace | OnMiniProgram             // all of these
)

var targetNames = enum.Flags{Of: "target", Words: []enum.Word{
	{Name: "tenant", Bits: uint8(OnTenant)},
	{Name: "developer", Bits: uint8(OnDeveloper)},
	{Name: "miniprogram", Bits: uint8(OnMiniProgram)},
	{Name: "workspace", Bits: uint8(OnWorkspace)},
	{Name: "any", Bits: uint8(OnAny)},
}}

// String returns "tenant", "developer", "miniprogram", "workspace" or "any". For
// any other set of flags it joins their words with "|". For an invalid target it
// returns a placeholder such as "target(9)".
func (t Target) String() string { return targetNames.String(uint8(t)) }

// MarshalText returns the text of String. An invalid target is an error.
func (t Target) MarshalText() ([]byte, error) { return targetNames.Marshal(uint8(t)) }

// UnmarshalText reads the text of MarshalText, and its words in any order. Any other text
// is an error.
func (t *Target) UnmarshalText(text []byte) error { return enum.Read(targetNames, text, t) }

// Scope says how far a grant reaches. Scopes are flags, because a member may
// reach the same resource in several ways. ScopeTenant covers ScopeWorkspace,
// which covers ScopeAssigned and ScopeOwn. The zero Scope grants nothing.
type Scope uint8

const (
	ScopeOwn       Scope = 1 << iota // resources of the member's own workspace whose Owner is the member
	ScopeAssigned                    // mini programs of the member's own workspace that the same assignment names
	ScopeWorkspace                   // everything of the member's own workspace
	ScopeTenant                      // everything of the tenant and of its merchants; for tenant roles only
)

const allScopes = ScopeOwn | ScopeAssigned | ScopeWorkspace | ScopeTenant

var scopeNames = enum.Flags{Of: "scope", None: "-", Words: []enum.Word{
	{Name: "own", Bits: uint8(ScopeOwn)},
	{Name: "assigned", Bits: uint8(ScopeAssigned)},
	{Name: "workspace", Bits: uint8(ScopeWorkspace)},
	{Name: "tenant", Bits: uint8(ScopeTenant)},
}}

// String returns "own", "assigned", "workspace" or "tenant", and several of them
// joined by "|". For the zero Scope it returns "-", as the platform's tables do.
// For an invalid scope it returns a placeholder such as "scope(16)".
func (s Scope) String() string { return scopeNames.String(uint8(s)) }

// MarshalText returns the text of String. An invalid scope is an error.
func (s Scope) MarshalText() ([]byte, error) { return scopeNames.Marshal(uint8(s)) }

// UnmarshalText reads the text of MarshalText, and its words in any order. Any other text
// is an error.
func (s *Scope) UnmarshalText(text []byte) error { return enum.Read(scopeNames, text, s) }

// covered returns every scope that s covers.
func (s Scope) covered() Scope {
	if s&ScopeTenant != 0 {
		s |= ScopeWorkspace
	}
	if s&ScopeWorkspace != 0 {
		s |= ScopeAssigned | ScopeOwn
	}
	return s
}

// widest returns the one scope of s that reaches farthest. Of zero it is zero.
func (s Scope) widest() Scope { return 1 << bits.Len8(uint8(s)) >> 1 }

// Permissions is a set of grants: actions, and how far each reaches. An action
// that is absent or has the zero Scope is not granted.
type Permissions map[Action]Scope

// Union returns everything that p or q grants. For each action it has the scopes
// of both. The result is a new map and never nil.
func (p Permissions) Union(q Permissions) Permissions {
	union := make(Permissions, max(len(p), len(q)))
	for _, permissions := range []Permissions{p, q} {
		for action, scope := range permissions {
			if scope != 0 {
				union[action] |= scope
			}
		}
	}
	return union
}

// Missing returns what q grants and p does not cover. For each action it has the
// scopes of q that no scope of p covers. The result is a new map and never nil.
// It is empty if and only if p covers q.
func (p Permissions) Missing(q Permissions) Permissions {
	missing := make(Permissions)
	for action, scope := range q {
		if lacking := scope &^ p[action].covered(); lacking != 0 {
			missing[action] = lacking
		}
	}
	return missing
}

// list returns permissions as "action: scope" in name order. It cuts a long list
// and says how many more there are.
func (p Permissions) list() string {
	const most = 16
	actions := slices.Sorted(maps.Keys(p))
	var lines []string
	for _, action := range actions[:min(most, len(actions))] {
		lines = append(lines, fmt.Sprintf("%s: %s", plainName(string(action)), p[action]))
	}
	if len(actions) > most {
		lines = append(lines, fmt.Sprintf("and %d more", len(actions)-most))
	}
	return strings.Join(lines, ", ")
}

// longestName is the most bytes that the name of an action or a role may have.
const longestName = 64

// nameHint says what isName accepts.
const nameHint = `use [a-z][a-z0-9_]* with "." between parts, 64 bytes at most`

// isName reports whether the name of an action or a role is well formed.
func isName(name string) bool {
	if len(name) == 0 || len(name) > longestName {
		return false
	}
	start := true
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z':
			start = false
		case start:
			return false
		case c == '.':
			start = true
		case c != '_' && (c < '0' || c > '9'):
			return false
		}
	}
	return !start
}

// plainName returns a name of an action or a role as it is. It quotes any other
// text, which comes from a stranger and may have line breaks.
func plainName(name string) string {
	if isName(name) {
		return name
	}
	return suggest.Quote(name)
}
