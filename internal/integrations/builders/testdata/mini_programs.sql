-- name: ListMiniPrograms :many
SELECT id FROM mini_programs
WHERE id > @after AND NOT draft AND tenant = @tenant
  AND (@tenant_wide::boolean
    OR workspace = @workspace AND kind = @kind
      AND (@whole::boolean
        OR @own::boolean AND owner = @member::text
        OR id = ANY(@mini_programs::text[])))
  AND (NOT @four_eyes::boolean OR COALESCE(owner, '') NOT IN ('', @member::text))
ORDER BY id LIMIT 50;
