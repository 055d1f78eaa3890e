package rbac

import "maps"

// RoleID names a role. It has the form of an Action. A role that the policy does
// not define grants nothing.
type RoleID string

// The platform's seven default roles: four of a tenant workspace and three of a
// developer workspace.
const (
	WorkspaceAdmin     RoleID = "workspace_admin"
	WorkspaceReviewer  RoleID = "workspace_reviewer"
	WorkspaceDeveloper RoleID = "workspace_developer"
	WorkspaceOperator  RoleID = "workspace_operator"
	DeveloperAdmin     RoleID = "developer_admin"
	Developer          RoleID = "developer"
	Operator           RoleID = "operator"
)

// Role is a named set of permissions. Only members of workspaces of its Kind can hold
// it. If Workspace is set, only members of that workspace can. Name and Description are for people, and no
// decision reads them.
type Role struct {
	ID          RoleID        `json:"id"`
	Kind        WorkspaceKind `json:"kind"`                  // where it can be held
	Workspace   Workspace     `json:"workspace,omitzero"`    // whose own role it is, of its kind; zero: everybody's
	Name        string        `json:"name,omitempty"`        // at most 256 bytes
	Description string        `json:"description,omitempty"` // at most 1,024 bytes
	Permissions Permissions   `json:"permissions,omitempty"`
}

func (r Role) clone() Role {
	r.Permissions = maps.Clone(r.Permissions)
	return r
}

// DefaultRoles returns the platform's seven roles in the order of its tables.
// [Defaults] returns them as a Spec, with the actions that they grant, and
// [Default] as a Policy. The result is a fresh copy.
func DefaultRoles() []Role {
	roles := defaultColumns()
	for i := range roles {
		roles[i].Permissions = make(Permissions)
	}
	for _, group := range defaultTable() {
		for _, row := range group.rows {
			for i, scope := range row.cells {
				if scope != 0 {
					roles[i].Permissions[row.action] = scope
				}
			}
		}
	}
	return roles
}

// defaultColumns returns the roles of the table below from left to right,
// without permissions.
func defaultColumns() []Role {
	return []Role{
		{ID: WorkspaceAdmin, Kind: KindTenant, Name: "Workspace Admin",
			Description: "Runs the native app's workspace: members, settings, approvals and its own mini programs; " +
				"sees its merchants' mini programs."},
		{ID: WorkspaceReviewer, Kind: KindTenant, Name: "Workspace Reviewer",
			Description: "Decides the approval requests of the native app and its merchants."},
		{ID: WorkspaceDeveloper, Kind: KindTenant, Name: "Workspace Developer",
			Description: "Builds and releases the native app's mini programs that are assigned to the role."},
		{ID: WorkspaceOperator, Kind: KindTenant, Name: "Workspace Operator",
			Description: "Runs the native app's marketing and feedback, and reads its analytics."},
		{ID: DeveloperAdmin, Kind: KindDeveloper, Name: "Developer Admin",
			Description: "Runs a merchant's workspace: members, features and all its mini programs."},
		{ID: Developer, Kind: KindDeveloper, Name: "Developer",
			Description: "Builds and releases the merchant's mini programs that are assigned to the role."},
		{ID: Operator, Kind: KindDeveloper, Name: "Operator",
			Description: "Runs the merchant's marketing and reads its analytics."},
	}
}

// cells are the scopes of one action, one for each of the default columns.
type cells [7]Scope

// tableRow is one operation of the platform's role tables.
type tableRow struct {
	cells  cells
	target Target
	action Action
	label  string
}

// tableGroup is one group of operations in the platform's role tables.
type tableGroup struct {
	name string
	rows []tableRow
}

// defaultTable returns the platform's published role tables: a row for each
// operation, under its published label. The columns are Workspace Admin, Workspace
// Reviewer, Workspace Developer, Workspace Operator, Developer Admin, Developer and
// Operator. testdata/matrix.csv says where each cell comes from, and a test
// compares it with this table.
func defaultTable() []tableGroup {
	const (
		t = ScopeTenant
		w = ScopeWorkspace
		a = ScopeAssigned
		o = ScopeOwn
		n = Scope(0) // not granted, "-" in the tables
	)
	return []tableGroup{
		{"Mini Program", []tableRow{
			{cells{t, a, a, a, w, a, a}, OnMiniProgram, ViewMiniProgram, "View mini programs"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, CreateMiniProgram, "Create mini programs"},
			{cells{t, n, a, n, w, a, n}, OnMiniProgram, ListMiniPrograms, "View mini program list"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, EditMiniProgram, "Edit mini programs' information"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, DeleteMiniProgram, "Delete mini programs"},
			{cells{w, n, n, n, w, a, n}, OnMiniProgram, ManageMiniProgramMembers, "Manage members"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, DebugMiniProgram, "Upload, preview, and debug IDE features"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, EditClientID, "Edit Client ID"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, EditMerchantID, "Edit Merchant ID"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, ManageServerDomains, "Server domain whitelist"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, ManageWhitelist, "Manage whitelist"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, ReleaseMiniProgram, "Release mini programs"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, RemoveMiniProgram, "Remove mini programs"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, ManageVersions, "Manage mini program versions"},
			{cells{w, n, a, n, w, a, n}, OnMiniProgram, WithdrawGrayscale, "Withdraw mini program grayscale release"},
		}},
		{"Features", []tableRow{
			{cells{w, n, w, n, w, n, n}, OnWorkspace, ListFeatures, "View feature list"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, AddFeature, "Add features"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, ViewFeature, "View features' details"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, ViewAddedFeatures, "View added features"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, EditFeature, "Edit features"},
		}},
		{"JSAPIs", []tableRow{
			{cells{w, n, w, n, w, n, n}, OnWorkspace, ListJSAPIs, "View JSAPIs' list"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, AddJSAPI, "Add JSAPIs"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, ViewJSAPI, "View JSAPIs' details"},
			{cells{w, n, w, n, w, n, n}, OnWorkspace, EditJSAPI, "Edit JSAPIs"},
		}},
		{"Analytics", []tableRow{
			{cells{t, n, a, n, w, a, n}, OnMiniProgram, ViewPerformance, "View performance"},
			{cells{t, n, a, t, w, a, w}, OnMiniProgram, ViewBehaviors, "View user behaviors"},
			{cells{t, n, n, t, w, n, w}, OnMiniProgram, ViewTransactions, "View transaction record"},
			{cells{t, n, n, t, w, n, w}, OnMiniProgram, ViewMetrics, "View daily metrics"},
		}},
		{"Quality", []tableRow{
			{cells{t, n, a, n, w, a, n}, OnMiniProgram, SearchQuality, "Search mini programs"},
			{cells{t, n, a, n, w, a, n}, OnMiniProgram, ViewCrashes, "Crash and abnormal tracking"},
		}},
		{"Workspace", []tableRow{
			{cells{w, n, n, n, w, n, n}, OnWorkspace, ManageWorkspace, "Manage workspace information"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, ViewWorkspace, "View workspace information"},
			{cells{t, n, n, n, n, n, n}, OnDeveloper, ViewDeveloperWorkspace, "View details of developer workspaces"},
			{cells{t, n, n, n, n, n, n}, OnDeveloper, DeleteDeveloperWorkspace, "Delete developer workspaces"},
		}},
		{"App", []tableRow{
			{cells{w, n, n, n, n, n, n}, OnTenant, ListApps, "View app list"},
			{cells{w, n, n, n, n, n, n}, OnTenant, ViewApp, "View app details"},
			{cells{w, n, n, n, n, n, n}, OnTenant, DownloadApp, "Download app resources"},
			{cells{w, n, n, n, n, n, n}, OnTenant, EditApp, "Edit app information"},
			{cells{w, n, n, n, n, n, n}, OnTenant, ManageAppKeys, "Add apps and manage keys"},
		}},
		{"Members", []tableRow{
			{cells{w, n, n, n, w, n, n}, OnWorkspace, ListMembers, "View member list"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, InviteMember, "Invite members"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, WithdrawInvitation, "Withdraw invitation"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, ResendInvitation, "Resend invitation"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, SetMemberRole, "Set member role"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, AssignMiniPrograms, "Assign mini programs to a member"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, BlockMember, "Block and unblock members"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, DeleteMember, "Delete members"},
			{cells{w, n, n, n, w, n, n}, OnWorkspace, DefineRole, "Define custom roles"},
		}},
		{"Approvals", []tableRow{
			{cells{t, t, n, n, n, n, n}, OnAny, ViewApprovals, "View received approval requests"},
			{cells{t, t, n, n, n, n, n}, OnMiniProgram, DecideRelease, "Approve or reject a release"},
			{cells{t, t, n, n, n, n, n}, OnMiniProgram, DecideRemoval, "Approve or reject a removal"},
			{cells{t, t, n, n, n, n, n}, OnMiniProgram, DecideFeature, "Approve or reject a feature activation"},
			{cells{t, t, n, n, n, n, n}, OnWorkspace, DecideMember, "Approve or reject a member request"},
			{cells{t, t, n, n, n, n, n}, OnDeveloper, DecideOnboarding, "Approve or reject a developer workspace application"},
			{cells{t, t, n, n, n, n, n}, OnAny, DecideMarketing, "Approve or reject a marketing request"},
			{cells{t, t, n, n, n, n, n}, OnAny, DecideISV, "Approve or reject an ISV authorization"},
			{cells{o, o, o, o, o, o, o}, OnAny, ViewRequest, "View own submitted requests"},
			{cells{o, o, o, o, o, o, o}, OnAny, WithdrawRequest, "Withdraw own pending request"},
		}},
		{"ISV authorization", []tableRow{
			{cells{t, n, n, n, n, n, n}, OnAny, ViewISV, "View ISV authorizations"},
			{cells{t, n, n, n, n, n, n}, OnAny, RevokeISV, "Revoke an ISV authorization"},
			{cells{n, n, n, n, w, n, n}, OnDeveloper, ApplyISV, "Apply for ISV authorization"},
		}},
		{"Settings", []tableRow{
			{cells{w, n, n, n, n, n, n}, OnTenant, SetBranding, "Set logo and favicon"},
			{cells{w, n, n, n, n, n, n}, OnTenant, SetMail, "Set service mail preference"},
			{cells{w, n, n, n, n, n, n}, OnTenant, SetDomain, "Set domain preference"},
			{cells{w, n, n, n, n, n, n}, OnTenant, SetTesterWhitelist, "Enable tester whitelist"},
			{cells{w, n, n, n, n, n, n}, OnTenant, SetAbout, "Set URL of About Us"},
			{cells{w, n, n, n, n, n, n}, OnTenant, SetTerms, "Upload terms of service"},
			{cells{w, n, n, n, n, n, n}, OnTenant, SetCopyright, "Set copyright notice"},
			{cells{t, n, n, n, n, n, n}, OnAny, GrantDomains,
				"Grant mini programs the right to set server domains and WAP URLs"},
			{cells{o, o, o, o, o, o, o}, OnWorkspace, SetTwoFactor, "Set own two-factor authentication"},
		}},
		{"Feedback", []tableRow{
			{cells{t, n, n, t, n, n, n}, OnMiniProgram, ListFeedback, "View feedback list"},
			{cells{t, n, n, t, n, n, n}, OnMiniProgram, ViewFeedback, "View details of feedback"},
			{cells{t, n, n, t, n, n, n}, OnMiniProgram, RespondFeedback, "Respond to feedback"},
			{cells{t, n, n, t, n, n, n}, OnMiniProgram, ResolveFeedback, "Provide solutions for feedback"},
		}},
		{"Marketing", []tableRow{
			{cells{w, n, n, w, w, n, w}, OnWorkspace, ManageAudiences, "Create and manage audiences"},
			{cells{w, n, n, w, n, n, n}, OnTenant, SetMiniService, "Set mini service"},
			{cells{w, n, n, w, n, n, n}, OnTenant, ViewMiniServiceAnalytics, "View mini service analytics"},
			{cells{w, n, n, w, w, n, w}, OnWorkspace, ManageCampaigns, "Create and manage campaigns"},
			{cells{w, n, n, w, w, n, w}, OnWorkspace, ManageNotificationTasks, "Create and manage notification tasks"},
			{cells{t, n, n, t, n, n, n}, OnWorkspace, ConfigureFatigue, "Configure fatigue settings"},
			{cells{w, n, w, w, w, w, w}, OnWorkspace, ViewTemplates, "View templates"},
			{cells{w, n, n, w, n, n, n}, OnWorkspace, ManageTemplates, "Manage templates"},
			{cells{t, n, n, t, w, n, w}, OnMiniProgram, ViewNotificationAnalytics, "View notification analytics"},
			{cells{w, n, n, w, w, n, w}, OnWorkspace, ManageAds, "Create and manage ad tasks"},
			{cells{w, n, n, w, w, n, w}, OnWorkspace, ViewAdAnalytics, "View ad analytics"},
		}},
	}
}
