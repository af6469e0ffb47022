local annotations = obj.metadata.annotations or {}
local isPaused = annotations["careplane.dev/paused"] == "true"
local actions = {}
actions["pause"] = { disabled = isPaused }
actions["resume"] = { disabled = not isPaused }

if obj.kind == "HealthcareService" then
  local failed = obj.status ~= nil and obj.status.rollout ~= nil and obj.status.rollout.failed ~= nil
  actions["retry"] = { disabled = not failed }
  actions["unpin"] = { disabled = annotations["careplane.dev/rollback-to"] == nil }
end

return actions
