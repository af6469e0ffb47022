{{/* Name of everything that belongs to the operator, or to the one of this shard. */}}
{{- define "careplane.operator" -}}careplane-operator{{ include "careplane.suffix" . }}{{- end }}

{{/* Tells the releases of several shards apart. */}}
{{- define "careplane.suffix" -}}{{ with .Values.shard }}-{{ . }}{{ end }}{{- end }}

{{/* Service and certificate of the webhooks. */}}
{{- define "careplane.webhook" -}}careplane-webhook{{ include "careplane.suffix" . }}{{- end }}

{{- define "careplane.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "careplane.labels" -}}
{{ include "careplane.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: careplane
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "careplane.selectorLabels" -}}
app.kubernetes.io/name: {{ include "careplane.operator" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* A container that may do nothing but run: what PodSecurity "restricted" asks for, and a read-only root. */}}
{{- define "careplane.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "careplane.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* One of the lists of files/rbac.yaml; the argument is (list . "namespaced"). RELEASE stands for the operator's name there. */}}
{{- define "careplane.rules" -}}
{{- $name := include "careplane.operator" (index . 0) }}
{{- $rules := (index . 0).Files.Get "files/rbac.yaml" | replace "RELEASE" $name | fromYaml }}
{{- get $rules (index . 1) | toYaml }}
{{- end }}

{{/* What resolves names, as the flag of the operator. */}}
{{- define "careplane.dnsServers" -}}
{{- $servers := list }}
{{- range .Values.networkPolicy.dns }}
{{- if .cidr }}
{{- $servers = append $servers (printf "%s:%d" .cidr (int .port)) }}
{{- else }}
{{- $servers = append $servers (printf "%s/%s:%d" .namespace .label (int .port)) }}
{{- end }}
{{- end }}
{{- join "," $servers }}
{{- end }}

{{/* Images by version as one flag takes them: 7.0=mongo:7.0,8.0=mongo:8.0. */}}
{{- define "careplane.versions" -}}
{{- $entries := list -}}
{{- range $version, $image := . }}{{ $entries = append $entries (printf "%s=%s" $version $image) }}{{ end -}}
{{- join "," $entries -}}
{{- end }}
