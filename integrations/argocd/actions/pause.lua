-- The operator writes nothing for the object any more.
obj.metadata.annotations = obj.metadata.annotations or {}
obj.metadata.annotations["careplane.dev/paused"] = "true"
return obj
