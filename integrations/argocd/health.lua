-- Health of Careplane's kinds for Argo CD: `Stalled` is Degraded, whatever is under way is Progressing.
local function answer(status, message)
  return { status = status, message = message }
end

if obj.metadata.deletionTimestamp ~= nil then
  return answer("Progressing", "it is being deleted")
end

local annotations = obj.metadata.annotations or {}
if annotations["careplane.dev/paused"] == "true" then
  return answer("Suspended", "nothing is written while the annotation careplane.dev/paused is \"true\"")
end

local status = obj.status or {}
if status.observedGeneration ~= obj.metadata.generation then
  return answer("Progressing", "the operator has not looked at the newest version yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function words(condition)
  return condition.reason .. ": " .. condition.message
end

local stalled, reconciling, ready = conditions.Stalled, conditions.Reconciling, conditions.Ready
if stalled ~= nil and stalled.status == "True" then
  return answer("Degraded", words(stalled))
end
if reconciling ~= nil and reconciling.status == "True" then
  return answer("Progressing", words(reconciling))
end
if ready ~= nil and ready.status == "True" then
  return answer("Healthy", ready.message)
end
if ready ~= nil then
  return answer("Progressing", words(ready))
end
return answer("Progressing", "the operator has not judged it yet")
