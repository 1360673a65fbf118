{{- define "velum-hub.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "velum-hub.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "velum-hub.labels" -}}
{{ include "velum-hub.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "velum-hub.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion }}
{{- if hasPrefix "@" $tag }}{{ .Values.image.repository }}{{ $tag }}{{ else }}{{ .Values.image.repository }}:{{ $tag }}{{ end }}
{{- end }}

{{- define "velum-hub.claim" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "velum-hub.name" .)) }}
{{- end }}

{{- define "velum-hub.claimSpec" -}}
accessModes: [{{ .Values.persistence.accessMode }}]
{{- with .Values.persistence.storageClassName }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .Values.persistence.size }}
{{- end }}

{{- /* The PostgreSQL server, where there is one. */}}
{{- define "velum-hub.database" -}}
{{- (.Values.database).host | default "" }}
{{- end }}

{{- /* Secrets and config maps beyond those of the hub itself: a list of volume, where it lies, and which it is. */}}
{{- define "velum-hub.files" -}}
{{- with .Values.database }}
{{- if .host }}
{{- with .passwordSecretName }}
- { volume: database, at: /etc/velum/database, secret: {{ . | quote }} }
{{- end }}
{{- with .authorityConfigMapName }}
- { volume: database-authority, at: /etc/velum/database-authority, configMap: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.nats }}
{{- if .servers }}
{{- with .passwordSecretName }}
- { volume: nats, at: /etc/velum/nats, secret: {{ . | quote }} }
{{- end }}
{{- with .certificateSecretName }}
- { volume: nats-certificate, at: /etc/velum/nats-certificate, secret: {{ . | quote }} }
{{- end }}
{{- with .authorityConfigMapName }}
- { volume: nats-authority, at: /etc/velum/nats-authority, configMap: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- range $index, $name := .Values.secretNames }}
- { volume: secret-{{ $index }}, at: "/etc/velum/secrets/{{ $name }}", secret: {{ $name | quote }} }
{{- end }}
{{- end }}
