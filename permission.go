package rbac

import (
	"math/bits"

	"github.com/miniprogram-platform/rbac/internal/enum"
)

// Action names something that a member may want to do. Names are lower-case
// words of [a-z][a-z0-9_]* joined by ".", 64 bytes at most, and are compared
// byte by byte. An action that a policy does not declare is denied.
type Action string

// The actions of the platform: one for each operation of its role tables, under
// the label it has there.
const (
	// ViewMiniProgram is the operation "View mini programs" of the group Mini Program.
	ViewMiniProgram Action = "miniprogram.view"
	// CreateMiniProgram is the operation "Create mini programs" of the group Mini Program.
	CreateMiniProgram Action = "miniprogram.create"
	// ListMiniPrograms is the operation "View mini program list" of the group Mini Program.
	// Its scope says which rows the management list shows.
	ListMiniPrograms Action = "miniprogram.list"
	// EditMiniProgram is the operation "Edit mini programs' information" of the group Mini Program.
	EditMiniProgram Action = "miniprogram.edit"
	// DeleteMiniProgram is the operation "Delete mini programs" of the group Mini Program.
	// One page of the platform reserves deletion in the tenant workspace to the
	// Workspace Admin; the role tables allow the Workspace Developer, and so do we.
	DeleteMiniProgram Action = "miniprogram.delete"
	// ManageMiniProgramMembers is the operation "Manage members" of the group Mini Program.
	ManageMiniProgramMembers Action = "miniprogram.manage_members"
	// DebugMiniProgram is the operation "Upload, preview, and debug IDE features" of the group Mini Program.
	DebugMiniProgram Action = "miniprogram.debug"
	// EditClientID is the operation "Edit Client ID" of the group Mini Program.
	EditClientID Action = "miniprogram.edit_client_id"
	// EditMerchantID is the operation "Edit Merchant ID" of the group Mini Program.
	EditMerchantID Action = "miniprogram.edit_merchant_id"
	// ManageServerDomains is the operation "Server domain whitelist" of the group Mini Program.
	ManageServerDomains Action = "miniprogram.manage_server_domains"
	// ManageWhitelist is the operation "Manage whitelist" of the group Mini Program.
	ManageWhitelist Action = "miniprogram.manage_whitelist"
	// ReleaseMiniProgram is the operation "Release mini programs" of the group Mini Program.
	ReleaseMiniProgram Action = "miniprogram.release"
	// RemoveMiniProgram is the operation "Remove mini programs" of the group Mini Program.
	RemoveMiniProgram Action = "miniprogram.remove"
	// ManageVersions is the operation "Manage mini program versions" of the group Mini Program.
	ManageVersions Action = "miniprogram.manage_versions"
	// WithdrawGrayscale is the operation "Withdraw mini program grayscale release" of the group Mini Program.
	WithdrawGrayscale Action = "miniprogram.withdraw_grayscale"

	// ListFeatures is the operation "View feature list" of the group Features.
	ListFeatures Action = "feature.list"
	// AddFeature is the operation "Add features" of the group Features.
	AddFeature Action = "feature.add"
	// ViewFeature is the operation "View features' details" of the group Features.
	ViewFeature Action = "feature.view"
	// ViewAddedFeatures is the operation "View added features" of the group Features.
	ViewAddedFeatures Action = "feature.view_added"
	// EditFeature is the operation "Edit features" of the group Features.
	EditFeature Action = "feature.edit"

	// ListJSAPIs is the operation "View JSAPIs' list" of the group JSAPIs.
	ListJSAPIs Action = "jsapi.list"
	// AddJSAPI is the operation "Add JSAPIs" of the group JSAPIs.
	AddJSAPI Action = "jsapi.add"
	// ViewJSAPI is the operation "View JSAPIs' details" of the group JSAPIs.
	ViewJSAPI Action = "jsapi.view"
	// EditJSAPI is the operation "Edit JSAPIs" of the group JSAPIs.
	EditJSAPI Action = "jsapi.edit"

	// ViewPerformance is the operation "View performance" of the group Analytics.
	ViewPerformance Action = "analytics.view_performance"
	// ViewBehaviors is the operation "View user behaviors" of the group Analytics.
	ViewBehaviors Action = "analytics.view_behaviors"
	// ViewTransactions is the operation "View transaction record" of the group Analytics.
	ViewTransactions Action = "analytics.view_transactions"
	// ViewMetrics is the operation "View daily metrics" of the group Analytics.
	ViewMetrics Action = "analytics.view_metrics"

	// SearchQuality is the operation "Search mini programs" of the group Quality.
	SearchQuality Action = "quality.search"
	// ViewCrashes is the operation "Crash and abnormal tracking" of the group Quality.
	ViewCrashes Action = "quality.view_crashes"

	// ManageWorkspace is the operation "Manage workspace information" of the group Workspace.
	ManageWorkspace Action = "workspace.manage"
	// ViewWorkspace is the operation "View workspace information" of the group Workspace.
	// It covers the admins, the details and the business information of the own
	// workspace.
	ViewWorkspace Action = "workspace.view"
	// ViewDeveloperWorkspace is the operation "View details of developer workspaces" of the group Workspace.
	ViewDeveloperWorkspace Action = "developer_workspace.view"
	// DeleteDeveloperWorkspace is the operation "Delete developer workspaces" of the group Workspace.
	// The platform adds that no mini program is published and nothing was uploaded
	// in the last 30 days; that check is the host's.
	DeleteDeveloperWorkspace Action = "developer_workspace.delete"

	// ListApps is the operation "View app list" of the group App.
	ListApps Action = "app.list"
	// ViewApp is the operation "View app details" of the group App.
	ViewApp Action = "app.view"
	// DownloadApp is the operation "Download app resources" of the group App.
	DownloadApp Action = "app.download"
	// EditApp is the operation "Edit app information" of the group App.
	EditApp Action = "app.edit"
	// ManageAppKeys is the operation "Add apps and manage keys" of the group App.
	ManageAppKeys Action = "app.manage_keys"

	// ListMembers is the operation "View member list" of the group Members.
	ListMembers Action = "member.list"
	// InviteMember is the operation "Invite members" of the group Members.
	InviteMember Action = "member.invite"
	// WithdrawInvitation is the operation "Withdraw invitation" of the group Members.
	WithdrawInvitation Action = "member.withdraw_invitation"
	// ResendInvitation is the operation "Resend invitation" of the group Members.
	ResendInvitation Action = "member.resend_invitation"
	// SetMemberRole is the operation "Set member role" of the group Members.
	SetMemberRole Action = "member.set_role"
	// AssignMiniPrograms is the operation "Assign mini programs to a member" of the group Members.
	AssignMiniPrograms Action = "member.assign_miniprograms"
	// BlockMember is the operation "Block and unblock members" of the group Members.
	BlockMember Action = "member.block"
	// DeleteMember is the operation "Delete members" of the group Members.
	DeleteMember Action = "member.delete"
	// DefineRole is the operation "Define custom roles" of the group Members.
	// The platform pages know default roles only.
	DefineRole Action = "role.define"

	// ViewApprovals is the operation "View received approval requests" of the group Approvals.
	ViewApprovals Action = "approval.view"
	// DecideRelease is the operation "Approve or reject a release" of the group Approvals.
	DecideRelease Action = "approval.decide_release"
	// DecideRemoval is the operation "Approve or reject a removal" of the group Approvals.
	DecideRemoval Action = "approval.decide_removal"
	// DecideFeature is the operation "Approve or reject a feature activation" of the group Approvals.
	DecideFeature Action = "approval.decide_feature"
	// DecideMember is the operation "Approve or reject a member request" of the group Approvals.
	DecideMember Action = "approval.decide_member"
	// DecideOnboarding is the operation "Approve or reject a developer workspace application" of the group Approvals.
	DecideOnboarding Action = "approval.decide_onboarding"
	// DecideMarketing is the operation "Approve or reject a marketing request" of the group Approvals.
	DecideMarketing Action = "approval.decide_marketing"
	// DecideISV is the operation "Approve or reject an ISV authorization" of the group Approvals.
	DecideISV Action = "approval.decide_isv"
	// ViewRequest is the operation "View own submitted requests" of the group Approvals.
	ViewRequest Action = "request.view"
	// WithdrawRequest is the operation "Withdraw own pending request" of the group Approvals.
	WithdrawRequest Action = "request.withdraw"

	// ViewISV is the operation "View ISV authorizations" of the group ISV authorization.
	ViewISV Action = "isv.view"
	// RevokeISV is the operation "Revoke an ISV authorization" of the group ISV authorization.
	RevokeISV Action = "isv.revoke"
	// ApplyISV is the operation "Apply for ISV authorization" of the group ISV authorization.
	ApplyISV Action = "isv.apply"

	// SetBranding is the operation "Set logo and favicon" of the group Settings.
	SetBranding Action = "settings.branding"
	// SetMail is the operation "Set service mail preference" of the group Settings.
	SetMail Action = "settings.mail"
	// SetDomain is the operation "Set domain preference" of the group Settings.
	SetDomain Action = "settings.domain"
	// SetTesterWhitelist is the operation "Enable tester whitelist" of the group Settings.
	SetTesterWhitelist Action = "settings.tester_whitelist"
	// SetAbout is the operation "Set URL of About Us" of the group Settings.
	SetAbout Action = "settings.about"
	// SetTerms is the operation "Upload terms of service" of the group Settings.
	SetTerms Action = "settings.terms"
	// SetCopyright is the operation "Set copyright notice" of the group Settings.
	SetCopyright Action = "settings.copyright"
	// GrantDomains is the operation "Grant mini programs the right to set server domains and WAP URLs" of the group Settings.
	GrantDomains Action = "settings.grant_domains"
	// SetTwoFactor is the operation "Set own two-factor authentication" of the group Settings.
	SetTwoFactor Action = "account.two_factor"

	// ListFeedback is the operation "View feedback list" of the group Feedback.
	ListFeedback Action = "feedback.list"
	// ViewFeedback is the operation "View details of feedback" of the group Feedback.
	ViewFeedback Action = "feedback.view"
	// RespondFeedback is the operation "Respond to feedback" of the group Feedback.
	RespondFeedback Action = "feedback.respond"
	// ResolveFeedback is the operation "Provide solutions for feedback" of the group Feedback.
	ResolveFeedback Action = "feedback.resolve"

	// ManageAudiences is the operation "Create and manage audiences" of the group Marketing.
	ManageAudiences Action = "audience.manage"
	// SetMiniService is the operation "Set mini service" of the group Marketing.
	SetMiniService Action = "miniservice.set"
	// ViewMiniServiceAnalytics is the operation "View mini service analytics" of the group Marketing.
	ViewMiniServiceAnalytics Action = "miniservice.view_analytics"
	// ManageCampaigns is the operation "Create and manage campaigns" of the group Marketing.
	ManageCampaigns Action = "campaign.manage"
	// ManageNotificationTasks is the operation "Create and manage notification tasks" of the group Marketing.
	ManageNotificationTasks Action = "notification.manage_tasks"
	// ConfigureFatigue is the operation "Configure fatigue settings" of the group Marketing.
	ConfigureFatigue Action = "notification.configure_fatigue"
	// ViewTemplates is the operation "View templates" of the group Marketing.
	ViewTemplates Action = "template.view"
	// ManageTemplates is the operation "Manage templates" of the group Marketing.
	ManageTemplates Action = "template.manage"
	// ViewNotificationAnalytics is the operation "View notification analytics" of the group Marketing.
	ViewNotificationAnalytics Action = "notification.view_analytics"
	// ManageAds is the operation "Create and manage ad tasks" of the group Marketing.
	ManageAds Action = "ad.manage"
	// ViewAdAnalytics is the operation "View ad analytics" of the group Marketing.
	ViewAdAnalytics Action = "ad.view_analytics"
)

// Target says what kinds of thing an action can be done to. An action on any
// other kind is denied whatever the member's roles, so that a right over
// workspaces never leaks into mini programs or the other way round. The zero
// Target is invalid.
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

// String returns "tenant", "developer", "miniprogram", "workspace" or "any",
// several words joined by "|" where no single one says it, and a placeholder
// for an invalid target.
func (t Target) String() string { return targetNames.String(uint8(t)) }

// MarshalText writes what String returns; an invalid target is an error.
func (t Target) MarshalText() ([]byte, error) { return targetNames.Marshal(uint8(t)) }

// UnmarshalText reads what MarshalText writes, and refuses any other word.
func (t *Target) UnmarshalText(text []byte) error {
	value, err := targetNames.Unmarshal(string(text))
	if err == nil {
		*t = Target(value)
	}
	return err
}

// Scope says how far a grant reaches. Scopes are flags, because a member may
// reach the same thing in several ways; the zero Scope grants nothing.
// ScopeTenant covers ScopeWorkspace, which covers ScopeAssigned and ScopeOwn.
type Scope uint8

const (
	ScopeOwn       Scope = 1 << iota // resources of the member's own workspace whose Owner is the member
	ScopeAssigned                    // mini programs of the member's own workspace that the same assignment names
	ScopeWorkspace                   // everything of the member's own workspace
	ScopeTenant                      // everything of the tenant, its merchants included; for tenant roles only
)

const allScopes = ScopeOwn | ScopeAssigned | ScopeWorkspace | ScopeTenant

var scopeNames = enum.Flags{Of: "scope", None: "-", Words: []enum.Word{
	{Name: "own", Bits: uint8(ScopeOwn)},
	{Name: "assigned", Bits: uint8(ScopeAssigned)},
	{Name: "workspace", Bits: uint8(ScopeWorkspace)},
	{Name: "tenant", Bits: uint8(ScopeTenant)},
}}

// String returns "own", "assigned", "workspace" or "tenant", several joined by
// "|", "-" for the zero Scope as in the platform's tables, and a placeholder
// for an invalid scope.
func (s Scope) String() string { return scopeNames.String(uint8(s)) }

// MarshalText writes what String returns; an invalid scope is an error.
func (s Scope) MarshalText() ([]byte, error) { return scopeNames.Marshal(uint8(s)) }

// UnmarshalText reads what MarshalText writes, and refuses any other word.
func (s *Scope) UnmarshalText(text []byte) error {
	value, err := scopeNames.Unmarshal(string(text))
	if err == nil {
		*s = Scope(value)
	}
	return err
}

// covered is every scope whose reach lies within the reach of s.
func (s Scope) covered() Scope {
	if s&ScopeTenant != 0 {
		s |= ScopeWorkspace
	}
	if s&ScopeWorkspace != 0 {
		s |= ScopeAssigned | ScopeOwn
	}
	return s
}

// widest is the one scope of s that reaches farthest, zero of zero.
func (s Scope) widest() Scope { return 1 << bits.Len8(uint8(s)) >> 1 }

// Permissions says what is granted: actions, and how far each reaches. An
// action that is absent or has the zero Scope is not granted.
type Permissions map[Action]Scope

// Union returns what p or q grants: for each action the scopes of both. It is a
// new map, never nil.
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

// Missing returns what q grants and p does not cover: for each action the
// scopes of q that lie outside the reach of p's. It is a new map, never nil,
// and empty if and only if p covers q.
func (p Permissions) Missing(q Permissions) Permissions {
	missing := make(Permissions)
	for action, scope := range q {
		if lacking := scope &^ p[action].covered(); lacking != 0 {
			missing[action] = lacking
		}
	}
	return missing
}
