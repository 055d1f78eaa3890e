package rbac

import (
	"maps"
)

// RoleID names a role. Its form is that of an Action.
type RoleID string

// The platform's seven default roles: four of a tenant workspace, then three of
// a developer workspace.
const (
	WorkspaceAdmin     RoleID = "workspace_admin"
	WorkspaceReviewer  RoleID = "workspace_reviewer"
	WorkspaceDeveloper RoleID = "workspace_developer"
	WorkspaceOperator  RoleID = "workspace_operator"
	DeveloperAdmin     RoleID = "developer_admin"
	Developer          RoleID = "developer"
	Operator           RoleID = "operator"
)

// Role is a named set of permissions that members of one kind of workspace can
// be given. Only ID, Kind and Permissions take part in a decision; Name and
// Description are for people.
//
// As JSON a role stands in a Spec: write Spec{Roles: []Role{r}}, which is also
// how it is read strictly.
type Role struct {
	ID          RoleID
	Kind        WorkspaceKind // where it can be held
	Name        string        // at most 256 bytes
	Description string        // at most 1,024 bytes
	Permissions Permissions
}

func (r Role) clone() Role {
	r.Permissions = maps.Clone(r.Permissions)
	return r
}

// DefaultRoles returns the platform's seven roles, in the order of its tables,
// as a fresh copy that the caller may change.
func DefaultRoles() []Role {
	roles := make([]Role, len(columns))
	for i, column := range columns {
		roles[i] = column
		roles[i].Permissions = make(Permissions)
		for _, row := range table {
			if scope := row.cells[i]; scope != no {
				roles[i].Permissions[row.action] = scope
			}
		}
	}
	return roles
}

// columns are the roles of the table below, from left to right.
var columns = [...]Role{
	{ID: WorkspaceAdmin, Kind: KindTenant, Name: "Workspace Admin", Description: "Runs the native app's workspace: members, settings, approvals and its own mini programs; sees its merchants' mini programs."},
	{ID: WorkspaceReviewer, Kind: KindTenant, Name: "Workspace Reviewer", Description: "Decides the approval requests of the native app and its merchants."},
	{ID: WorkspaceDeveloper, Kind: KindTenant, Name: "Workspace Developer", Description: "Builds and releases the native app's mini programs that are assigned to the role."},
	{ID: WorkspaceOperator, Kind: KindTenant, Name: "Workspace Operator", Description: "Runs the native app's marketing and feedback, and reads its analytics."},
	{ID: DeveloperAdmin, Kind: KindDeveloper, Name: "Developer Admin", Description: "Runs a merchant's workspace: members, features and all its mini programs."},
	{ID: Developer, Kind: KindDeveloper, Name: "Developer", Description: "Builds and releases the merchant's mini programs that are assigned to the role."},
	{ID: Operator, Kind: KindDeveloper, Name: "Operator", Description: "Runs the merchant's marketing and reads its analytics."},
}

// The words of the table's cells are the words of the platform's tables.
const (
	no        Scope = 0
	own             = ScopeOwn
	assigned        = ScopeAssigned
	workspace       = ScopeWorkspace
	tenant          = ScopeTenant
)

type cells [len(columns)]Scope

// table says what each role may do: the platform's published role tables, a row
// for each operation under its published label. The cells stand in the order of
// columns: Workspace Admin, Reviewer, Developer, Operator; Developer Admin,
// Developer, Operator. Where each cell comes from is in testdata/matrix.csv,
// which a test holds this table to.
var table = [...]struct {
	action Action
	target Target
	cells  cells
}{
	// Mini Program
	{ViewMiniProgram, OnMiniProgram, cells{tenant, assigned, assigned, assigned, workspace, assigned, assigned}}, // View mini programs
	{CreateMiniProgram, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},                     // Create mini programs
	{ListMiniPrograms, OnMiniProgram, cells{tenant, no, assigned, no, workspace, assigned, no}},                  // View mini program list
	{EditMiniProgram, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},                // Edit mini programs' information
	{DeleteMiniProgram, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},              // Delete mini programs
	{ManageMiniProgramMembers, OnMiniProgram, cells{workspace, no, no, no, workspace, assigned, no}},             // Manage members
	{DebugMiniProgram, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},               // Upload, preview, and debug IDE features
	{EditClientID, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},                   // Edit Client ID
	{EditMerchantID, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},                 // Edit Merchant ID
	{ManageServerDomains, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},            // Server domain whitelist
	{ManageWhitelist, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},                // Manage whitelist
	{ReleaseMiniProgram, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},             // Release mini programs
	{RemoveMiniProgram, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},              // Remove mini programs
	{ManageVersions, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},                 // Manage mini program versions
	{WithdrawGrayscale, OnMiniProgram, cells{workspace, no, assigned, no, workspace, assigned, no}},              // Withdraw mini program grayscale release

	// Features
	{ListFeatures, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},      // View feature list
	{AddFeature, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},        // Add features
	{ViewFeature, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},       // View features' details
	{ViewAddedFeatures, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}}, // View added features
	{EditFeature, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},       // Edit features

	// JSAPIs
	{ListJSAPIs, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}}, // View JSAPIs' list
	{AddJSAPI, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},   // Add JSAPIs
	{ViewJSAPI, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},  // View JSAPIs' details
	{EditJSAPI, OnWorkspace, cells{workspace, no, workspace, no, workspace, no, no}},  // Edit JSAPIs

	// Analytics
	{ViewPerformance, OnMiniProgram, cells{tenant, no, assigned, no, workspace, assigned, no}},          // View performance
	{ViewBehaviors, OnMiniProgram, cells{tenant, no, assigned, tenant, workspace, assigned, workspace}}, // View user behaviors
	{ViewTransactions, OnMiniProgram, cells{tenant, no, no, tenant, workspace, no, workspace}},          // View transaction record
	{ViewMetrics, OnMiniProgram, cells{tenant, no, no, tenant, workspace, no, workspace}},               // View daily metrics

	// Quality
	{SearchQuality, OnMiniProgram, cells{tenant, no, assigned, no, workspace, assigned, no}}, // Search mini programs
	{ViewCrashes, OnMiniProgram, cells{tenant, no, assigned, no, workspace, assigned, no}},   // Crash and abnormal tracking

	// Workspace
	{ManageWorkspace, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}}, // Manage workspace information
	{ViewWorkspace, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},   // View workspace information
	{ViewDeveloperWorkspace, OnDeveloper, cells{tenant, no, no, no, no, no, no}},    // View details of developer workspaces
	{DeleteDeveloperWorkspace, OnDeveloper, cells{tenant, no, no, no, no, no, no}},  // Delete developer workspaces

	// App
	{ListApps, OnTenant, cells{workspace, no, no, no, no, no, no}},      // View app list
	{ViewApp, OnTenant, cells{workspace, no, no, no, no, no, no}},       // View app details
	{DownloadApp, OnTenant, cells{workspace, no, no, no, no, no, no}},   // Download app resources
	{EditApp, OnTenant, cells{workspace, no, no, no, no, no, no}},       // Edit app information
	{ManageAppKeys, OnTenant, cells{workspace, no, no, no, no, no, no}}, // Add apps and manage keys

	// Members
	{ListMembers, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},        // View member list
	{InviteMember, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},       // Invite members
	{WithdrawInvitation, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}}, // Withdraw invitation
	{ResendInvitation, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},   // Resend invitation
	{SetMemberRole, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},      // Set member role
	{AssignMiniPrograms, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}}, // Assign mini programs to a member
	{BlockMember, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},        // Block and unblock members
	{DeleteMember, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},       // Delete members
	{DefineRole, OnWorkspace, cells{workspace, no, no, no, workspace, no, no}},         // Define custom roles

	// Approvals
	{ViewApprovals, OnAny, cells{tenant, tenant, no, no, no, no, no}},          // View received approval requests
	{DecideRelease, OnMiniProgram, cells{tenant, tenant, no, no, no, no, no}},  // Approve or reject a release
	{DecideRemoval, OnMiniProgram, cells{tenant, tenant, no, no, no, no, no}},  // Approve or reject a removal
	{DecideFeature, OnMiniProgram, cells{tenant, tenant, no, no, no, no, no}},  // Approve or reject a feature activation
	{DecideMember, OnWorkspace, cells{tenant, tenant, no, no, no, no, no}},     // Approve or reject a member request
	{DecideOnboarding, OnDeveloper, cells{tenant, tenant, no, no, no, no, no}}, // Approve or reject a developer workspace application
	{DecideMarketing, OnAny, cells{tenant, tenant, no, no, no, no, no}},        // Approve or reject a marketing request
	{DecideISV, OnAny, cells{tenant, tenant, no, no, no, no, no}},              // Approve or reject an ISV authorization
	{ViewRequest, OnAny, cells{own, own, own, own, own, own, own}},             // View own submitted requests
	{WithdrawRequest, OnAny, cells{own, own, own, own, own, own, own}},         // Withdraw own pending request

	// ISV authorization
	{ViewISV, OnAny, cells{tenant, no, no, no, no, no, no}},           // View ISV authorizations
	{RevokeISV, OnAny, cells{tenant, no, no, no, no, no, no}},         // Revoke an ISV authorization
	{ApplyISV, OnDeveloper, cells{no, no, no, no, workspace, no, no}}, // Apply for ISV authorization

	// Settings
	{SetBranding, OnTenant, cells{workspace, no, no, no, no, no, no}},        // Set logo and favicon
	{SetMail, OnTenant, cells{workspace, no, no, no, no, no, no}},            // Set service mail preference
	{SetDomain, OnTenant, cells{workspace, no, no, no, no, no, no}},          // Set domain preference
	{SetTesterWhitelist, OnTenant, cells{workspace, no, no, no, no, no, no}}, // Enable tester whitelist
	{SetAbout, OnTenant, cells{workspace, no, no, no, no, no, no}},           // Set URL of About Us
	{SetTerms, OnTenant, cells{workspace, no, no, no, no, no, no}},           // Upload terms of service
	{SetCopyright, OnTenant, cells{workspace, no, no, no, no, no, no}},       // Set copyright notice
	{GrantDomains, OnAny, cells{tenant, no, no, no, no, no, no}},             // Grant mini programs the right to set server domains and WAP URLs
	{SetTwoFactor, OnWorkspace, cells{own, own, own, own, own, own, own}},    // Set own two-factor authentication

	// Feedback
	{ListFeedback, OnMiniProgram, cells{tenant, no, no, tenant, no, no, no}},    // View feedback list
	{ViewFeedback, OnMiniProgram, cells{tenant, no, no, tenant, no, no, no}},    // View details of feedback
	{RespondFeedback, OnMiniProgram, cells{tenant, no, no, tenant, no, no, no}}, // Respond to feedback
	{ResolveFeedback, OnMiniProgram, cells{tenant, no, no, tenant, no, no, no}}, // Provide solutions for feedback

	// Marketing
	{ManageAudiences, OnWorkspace, cells{workspace, no, no, workspace, workspace, no, workspace}},             // Create and manage audiences
	{SetMiniService, OnTenant, cells{workspace, no, no, workspace, no, no, no}},                               // Set mini service
	{ViewMiniServiceAnalytics, OnTenant, cells{workspace, no, no, workspace, no, no, no}},                     // View mini service analytics
	{ManageCampaigns, OnWorkspace, cells{workspace, no, no, workspace, workspace, no, workspace}},             // Create and manage campaigns
	{ManageNotificationTasks, OnWorkspace, cells{workspace, no, no, workspace, workspace, no, workspace}},     // Create and manage notification tasks
	{ConfigureFatigue, OnWorkspace, cells{tenant, no, no, tenant, no, no, no}},                                // Configure fatigue settings
	{ViewTemplates, OnWorkspace, cells{workspace, no, workspace, workspace, workspace, workspace, workspace}}, // View templates
	{ManageTemplates, OnWorkspace, cells{workspace, no, no, workspace, no, no, no}},                           // Manage templates
	{ViewNotificationAnalytics, OnMiniProgram, cells{tenant, no, no, tenant, workspace, no, workspace}},       // View notification analytics
	{ManageAds, OnWorkspace, cells{workspace, no, no, workspace, workspace, no, workspace}},                   // Create and manage ad tasks
	{ViewAdAnalytics, OnWorkspace, cells{workspace, no, no, workspace, workspace, no, workspace}},             // View ad analytics
}
