-- The operator goes on.
if obj.metadata.annotations ~= nil then
  obj.metadata.annotations["careplane.dev/paused"] = nil
end
return obj
