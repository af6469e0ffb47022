-- The revision that the annotation held is let go: what the spec says is rolled out.
if obj.metadata.annotations ~= nil then
  obj.metadata.annotations["careplane.dev/rollback-to"] = nil
end
return obj
